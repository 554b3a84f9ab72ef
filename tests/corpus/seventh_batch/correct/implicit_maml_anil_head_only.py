import torch
from torch import nn

torch.manual_seed(0)
features = nn.Sequential(nn.Linear(2, 12), nn.ReLU())
w0 = torch.zeros(12, 1, requires_grad=True)
meta_opt = torch.optim.Adam([*features.parameters(), w0], lr=5e-3)
for task in range(20):
    direction = torch.randn(2, 1)
    xs, xq = torch.randn(15, 2), torch.randn(15, 2)
    ys, yq = xs @ direction, xq @ direction
    w = w0
    for _ in range(3):
        inner = (features(xs) @ w - ys).pow(2).mean()
        (g,) = torch.autograd.grad(inner, w, create_graph=True)
        w = w - 0.1 * g
    outer = (features(xq) @ w - yq).pow(2).mean()
    meta_opt.zero_grad()
    outer.backward()
    meta_opt.step()
    print(task, outer.item())
