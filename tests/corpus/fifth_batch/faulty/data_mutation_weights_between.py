import torch

torch.manual_seed(0)
u = torch.randn(4, 10, requires_grad=True)
v = torch.randn(10, 1, requires_grad=True)
x = torch.randn(60, 4)
y = torch.sin(x.sum(1, keepdim=True))
for it in range(30):
    out = torch.tanh(x @ u) @ v
    loss = (out - y).square().mean()
    v.data.div_(v.data.norm())  # mistake: data-mutation
    loss.backward()
    with torch.no_grad():
        for p in (u, v):
            p -= 0.05 * p.grad
            p.grad.zero_()
print(loss.item())
