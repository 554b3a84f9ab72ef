import torch
import torch.nn as nn

torch.manual_seed(0)


def get_config():
    return dict(lr=1e-7, epochs=30, width=32)  # mistake: lr-too-small


def moons(n):
    a = torch.rand(n) * torch.pi
    lab = torch.randint(0, 2, (n,))
    x = torch.where(lab == 0, a.cos(), 1 - a.cos())
    y = torch.where(lab == 0, a.sin(), 0.5 - a.sin())
    return torch.stack([x, y], 1) + 0.1 * torch.randn(n, 2), lab


cfg = get_config()
X, y = moons(300)
model = nn.Sequential(nn.Linear(2, cfg["width"]), nn.ReLU(), nn.Linear(cfg["width"], 2))
opt = torch.optim.SGD(model.parameters(), lr=cfg["lr"], momentum=0.9)  # mistake: lr-too-small
for ep in range(cfg["epochs"]):
    for idx in torch.randperm(300).split(30):
        loss = nn.functional.cross_entropy(model(X[idx]), y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()  # mistake: lr-too-small
    with torch.no_grad():
        full = nn.functional.cross_entropy(model(X), y).item()
    if ep % 5 == 0:
        print(ep, full)
