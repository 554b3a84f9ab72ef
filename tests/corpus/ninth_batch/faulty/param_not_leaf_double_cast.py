# Matrix factorisation by hand
import torch

torch.manual_seed(4)
n_users, n_items, k = 15, 12, 3
R = torch.randn(n_users, k).double() @ torch.randn(k, n_items).double()

P = torch.randn(n_users, k, requires_grad=True).double()  # mistake: param-not-leaf
Q = torch.randn(n_items, k, requires_grad=True).double()  # mistake: param-not-leaf
P.retain_grad(), Q.retain_grad()
lr = 0.02
for sweep in range(12):
    err = ((P @ Q.T - R) ** 2).sum(1).mean()
    err.backward(retain_graph=True)
    P = P - lr * P.grad  # mistake: param-not-leaf
    Q = Q - lr * Q.grad  # mistake: param-not-leaf
    P.retain_grad()
    Q.retain_grad()
    print(sweep, err.item())
