import torch
from torch import nn

torch.manual_seed(0)
trunk = nn.Sequential(nn.Linear(6, 24), nn.ReLU())
reg, cls = nn.Linear(24, 1), nn.Linear(24, 3)
shared = list(trunk.parameters())
opt = torch.optim.Adam([*shared, *reg.parameters(), *cls.parameters()], lr=5e-3)
x = torch.randn(90, 6)
yr, yc = x.sum(1, keepdim=True), x[:, :3].argmax(1)
for step in range(30):
    opt.zero_grad()
    h = trunk(x)
    l1, l2 = nn.functional.mse_loss(reg(h), yr), nn.functional.cross_entropy(cls(h), yc)
    g1 = torch.autograd.grad(l1, shared, retain_graph=True)
    g2 = torch.autograd.grad(l2, shared, retain_graph=True)
    (l1 + l2).backward()
    dot = sum((a * b).sum() for a, b in zip(g1, g2))
    if dot < 0:
        norm = sum((b * b).sum() for b in g2)
        for p, a, b in zip(shared, g1, g2):
            p.grad = a + b - dot / norm * b
    opt.step()
print(l1.item(), l2.item())
