import torch

torch.manual_seed(9)
A = torch.diag(torch.tensor([1.0, 5.0, 20.0]))
target = torch.tensor([1.0, 2.0, 3.0])
x = torch.zeros(3, requires_grad=True)
v = torch.zeros(3)
for t in range(40):
    f = 0.5 * (x - target) @ A @ (x - target)
    f.backward()
    with torch.no_grad():
        v = 0.9 * v + x.grad
        x -= 0.02 * v
    x.grad.zero_()
    if t % 10 == 0:
        print(t, f.item())
