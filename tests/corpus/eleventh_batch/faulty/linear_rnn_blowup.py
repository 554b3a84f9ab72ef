import torch

torch.manual_seed(0)
# identify a stable linear system from a long simulated response
n, T = 6, 30
Q, _ = torch.linalg.qr(torch.randn(n, n))
A_true = 0.9 * Q
u = torch.randn(T, n)


def simulate(A):
    s, out = torch.zeros(n), []
    for t in range(T):
        s = A @ s + u[t]  # mistake: exploding-grad
        out.append(s)
    return torch.stack(out)


target = simulate(A_true)
A = torch.randn(n, n)  # mistake: exploding-grad
A.requires_grad_()
for it in range(200):
    loss = (simulate(A) - target).pow(2).mean()
    g, = torch.autograd.grad(loss, A)  # mistake: exploding-grad
    with torch.no_grad():
        A -= 0.03 * g  # mistake: exploding-grad
    if it % 40 == 0:
        print(it, f"loss {loss.item():.4g} gradient norm {g.norm().item():.4g}")
