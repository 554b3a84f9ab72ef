# non-negative matrix factorisation with projection
import torch

torch.manual_seed(6)
A = torch.rand(20, 3) @ torch.rand(3, 15)
W = torch.rand(20, 3).requires_grad_()
H = torch.rand(3, 15).requires_grad_()


def objective(W, H):
    return ((A - W @ H) ** 2).sum()


lr = 0.01
for sweep in range(100):
    loss = objective(W, H)
    loss.backward()  # mistake: param-lost-grad
    with torch.no_grad():
        W = (W - lr * W.grad).clamp(min=0)  # mistake: param-lost-grad
        H = (H - lr * H.grad).clamp(min=0)  # mistake: param-lost-grad
    if sweep % 20 == 0:
        print(sweep, loss.item())
