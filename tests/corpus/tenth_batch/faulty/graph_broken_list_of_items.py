import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.randn(80, 6)
y = torch.sin(x.sum(1))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(6, 20)
        self.l2 = nn.Linear(20, 1)

    def forward(self, x):
        return self.l2(torch.tanh(self.l1(x))).squeeze(-1)


model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(10):
    sample_losses = []
    for xi, yi in zip(x, y):
        sample_losses.append((model(xi) - yi).pow(2).item())  # mistake: graph-broken
    loss = torch.tensor(sample_losses, requires_grad=True).mean()  # mistake: graph-broken
    optimizer.zero_grad()
    loss.backward()  # mistake: graph-broken
    optimizer.step()
    print("epoch", epoch, "loss", loss.item())
