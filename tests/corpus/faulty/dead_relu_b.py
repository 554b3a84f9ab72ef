import torch
from torch import nn

torch.manual_seed(0)
fc1 = nn.Linear(4, 16)
fc2 = nn.Linear(16, 1)
nn.init.constant_(fc1.bias, -25.0)  # mistake: dead-relu
opt = torch.optim.SGD([*fc1.parameters(), *fc2.parameters()], lr=0.05)
x = torch.randn(80, 4)
y = x[:, :1] ** 2
for epoch in range(40):
    opt.zero_grad()
    hidden = fc1(x).clamp(min=0)  # mistake: dead-relu
    loss = nn.functional.mse_loss(fc2(hidden), y)
    loss.backward()
    opt.step()
print(loss.item())
