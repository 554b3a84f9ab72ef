import torch

torch.manual_seed(0)
# learn a regularisation strength by differentiating through 15 unrolled steps
Xt, Xv = torch.randn(20, 12), torch.randn(100, 12)
w0 = torch.cat([torch.tensor([2.0, -1.0]), torch.zeros(10)])
yt, yv = Xt @ w0 + 1.0 * torch.randn(20), Xv @ w0
log_reg = torch.full((12,), -4.0, requires_grad=True)
meta = torch.optim.Adam([log_reg], lr=0.1)


def inner(log_reg):
    w = torch.zeros(12, requires_grad=True)
    for _ in range(15):
        obj = ((Xt @ w - yt) ** 2).mean() + (log_reg.exp() * w ** 2).sum()
        g, = torch.autograd.grad(obj, w, create_graph=True)
        w = w - 0.1 * g
    return w


for it in range(60):
    val = ((Xv @ inner(log_reg) - yv) ** 2).mean()
    meta.zero_grad()
    val.backward()
    meta.step()
    if it % 12 == 0 or it == 59:
        print(it, "validation loss", val.item())
