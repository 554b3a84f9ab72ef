import torch
import torch.nn.functional as F

torch.manual_seed(0)
w1 = (torch.randn(20, 1) * 0.5).requires_grad_()
b1 = torch.zeros(20, requires_grad=True)
w2 = (torch.randn(1, 20) * 0.2).requires_grad_()
b2 = torch.zeros(1, requires_grad=True)
meta = [w1, b1, w2, b2]
opt = torch.optim.Adam(meta, lr=1e-2)


def net(x, p):
    return F.linear(torch.tanh(F.linear(x, p[0], p[1])), p[2], p[3])


for iteration in range(12):
    opt.zero_grad()
    meta_loss = 0
    for task in range(3):
        phase = torch.rand(1) * 3
        xs, xq = torch.rand(10, 1) * 6 - 3, torch.rand(10, 1) * 6 - 3
        fast = meta
        for inner in range(2):
            inner_loss = F.mse_loss(net(xs, fast), torch.sin(xs + phase))
            grads = torch.autograd.grad(inner_loss, fast, create_graph=True)
            fast = [p - 0.05 * g for p, g in zip(fast, grads)]
        meta_loss = meta_loss + F.mse_loss(net(xq, fast), torch.sin(xq + phase))
    (meta_loss / 3).backward()
    opt.step()
    print(iteration, meta_loss.item() / 3)
