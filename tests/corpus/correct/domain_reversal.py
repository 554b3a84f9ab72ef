import torch
from torch import nn
torch.manual_seed(0)
f, c, d = nn.Linear(4, 8), nn.Linear(8, 2), nn.Linear(8, 2)
opt = torch.optim.SGD([*f.parameters(), *c.parameters()], lr=0.05)
dopt = torch.optim.SGD(d.parameters(), lr=0.05)
X = torch.randn(60, 4); y = (X[:, 0] > 0).long(); dom = torch.arange(60) % 2
for i in range(60):
    dl = nn.functional.cross_entropy(d(torch.relu(f(X)).detach()), dom)
    dopt.zero_grad(); dl.backward(); dopt.step()
    h = torch.relu(f(X))
    loss = nn.functional.cross_entropy(c(h), y) - 0.1 * nn.functional.cross_entropy(d(h), dom)
    opt.zero_grad(); loss.backward(); opt.step()
