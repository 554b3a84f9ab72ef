import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(100, 5)
y = (x[:, 0] > 1).float()
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for e in range(30):
    z = net(x).squeeze(1)
    ce = F.binary_cross_entropy_with_logits(z, y, reduction="none")
    p = torch.sigmoid(z)
    pt = p * y + (1 - p) * (1 - y)
    loss = ((1 - pt) ** 2 * ce).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
