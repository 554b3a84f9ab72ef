import torch

torch.manual_seed(0)
w = torch.randn(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
meta = torch.optim.Adam([w, b], lr=0.02)
for it in range(20):
    meta.zero_grad()
    total = 0.0
    for task in range(4):
        slope = torch.rand(1) * 2
        x = torch.randn(10)
        inner = ((w * x + b - slope * x) ** 2).mean()
        gw, gb = torch.autograd.grad(inner, (w, b), create_graph=True)
        fw, fb = w - 0.1 * gw, b - 0.1 * gb
        x = torch.randn(10)
        total = total + ((fw * x + fb - slope * x) ** 2).mean()
    (total / 4).backward()
    meta.step()
