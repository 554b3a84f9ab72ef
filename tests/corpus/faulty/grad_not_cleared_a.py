import torch
import torch.nn as nn


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 10)
        self.out = nn.Linear(10, 1)

    def forward(self, t):
        return self.out(torch.tanh(self.hidden(t)))


def fit(net, inputs, targets, epochs):
    optim = torch.optim.SGD(net.parameters(), lr=0.01)
    for epoch in range(epochs):
        prediction = net(inputs)
        error = ((prediction - targets) ** 2).mean()
        error.backward()  # mistake: grad-not-cleared
        optim.step()
        if epoch % 10 == 0:
            print(f"epoch {epoch} error {error:.4f}")


torch.manual_seed(1)
data = torch.randn(64, 3)
fit(Regressor(), data, data.sum(1, keepdim=True), 40)
