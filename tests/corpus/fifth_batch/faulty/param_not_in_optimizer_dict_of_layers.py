import torch
from torch import nn


class MultiTask(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Linear(5, 16)
        self.heads = {"colour": nn.Linear(16, 3), "size": nn.Linear(16, 1)}  # mistake: param-not-in-optimizer

    def forward(self, x, task):
        return self.heads[task](torch.relu(self.trunk(x)))


torch.manual_seed(0)
net = MultiTask()
optim = torch.optim.RMSprop(net.parameters(), lr=1e-3)
x = torch.randn(90, 5)
colour, size = x[:, :3].argmax(1), x.sum(1, keepdim=True)
for step in range(40):
    optim.zero_grad()
    total = nn.functional.cross_entropy(net(x, "colour"), colour) + nn.functional.mse_loss(net(x, "size"), size)
    total.backward()
    optim.step()  # mistake: param-not-in-optimizer
print(total.item())
