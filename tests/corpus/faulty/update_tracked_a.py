import torch

a = torch.tensor(0.0, requires_grad=True)
c = torch.tensor(0.0, requires_grad=True)
xs = torch.linspace(-1, 1, 20)
ys = 3 * xs + 1
for k in range(30):
    err = torch.mean((a * xs + c - ys) ** 2)
    err.backward()
    for p in (a, c):
        p.sub_(0.1 * p.grad)  # mistake: update-tracked
        p.grad.zero_()
    print(k, err.item())
