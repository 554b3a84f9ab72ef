import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(80, 5)
y = (x[:, :1] + x[:, 1:2] > 0).float()
for _ in range(40):
    z = torch.sigmoid(net(x))  # mistake: double-sigmoid
    bce = nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")  # mistake: double-sigmoid
    loss = (((1 - torch.exp(-bce)) ** 2) * bce).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
