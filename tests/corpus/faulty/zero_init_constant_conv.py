import torch
from torch import nn
torch.manual_seed(0)
def init(m):
    if isinstance(m, (nn.Conv2d, nn.Linear)):
        nn.init.constant_(m.weight, 0.1)  # mistake: zero-init
        nn.init.zeros_(m.bias)
net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 16, 2)).apply(init)  # mistake: zero-init
X = torch.randn(20, 1, 6, 6); y = (X.mean((1, 2, 3)) > 0).long()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for i in range(20):
    opt.zero_grad(); nn.functional.cross_entropy(net(X), y).backward(); opt.step()
