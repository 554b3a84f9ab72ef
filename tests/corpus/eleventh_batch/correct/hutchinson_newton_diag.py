import torch

torch.manual_seed(0)
# diagonal second-order steps by double backward on a badly scaled quadratic
scales = torch.tensor([1e-2, 1.0, 1e2])
target = torch.tensor([5.0, -3.0, 1.0])
x = torch.zeros(3, requires_grad=True)
for it in range(30):
    f = (scales * (x - target) ** 4).sum() + (scales * (x - target) ** 2).sum()
    g, = torch.autograd.grad(f, x, create_graph=True)
    v = torch.randint(0, 2, (3,)) * 2.0 - 1
    hv, = torch.autograd.grad(g @ v, x)
    with torch.no_grad():
        x -= 0.7 * g / (v * hv).abs().clamp(min=1e-6)
    if it % 6 == 0 or it == 29:
        print(it, f.item(), x.tolist())
