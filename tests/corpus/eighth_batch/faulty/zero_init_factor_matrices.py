import torch

torch.manual_seed(0)
ratings = torch.randn(15, 2) @ torch.randn(2, 9)
P = torch.zeros(15, 3, requires_grad=True)  # mistake: zero-init
Q = torch.zeros(9, 3, requires_grad=True)  # mistake: zero-init
for sweep in range(25):
    loss = ((P @ Q.T - ratings) ** 2).mean()  # mistake: zero-init
    loss.backward()
    with torch.no_grad():
        for factor in (P, Q):
            factor -= 0.5 * factor.grad
            factor.grad = None
    print(sweep, loss.item())
