import torch
from torch import nn


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(2, 20)
        self.l2 = nn.Linear(20, 1)

    def forward(self, x):
        return torch.tanh(self.l2(torch.relu(self.l1(x))))  # mistake: last-activation


torch.manual_seed(0)
net = Regressor()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.rand(150, 2)
y = 4 + 3 * x[:, :1] * x[:, 1:]
for epoch in range(80):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)  # mistake: last-activation
    loss.backward()
    opt.step()
print(loss.item())
