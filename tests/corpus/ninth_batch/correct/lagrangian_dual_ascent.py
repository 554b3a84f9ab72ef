# minimise |x - a|^2 under sum(x) = 1; lambda climbs
import torch

x = torch.zeros(4, requires_grad=True)
lam = torch.zeros((), requires_grad=True)
a = torch.tensor([1.0, 0.5, 0.0, -0.5])
down = torch.optim.SGD([x], lr=0.1)
up = torch.optim.SGD([lam], lr=0.1, maximize=True)
for it in range(80):
    L = (x - a).pow(2).sum() + lam * (x.sum() - 1)
    down.zero_grad()
    up.zero_grad()
    L.backward()
    down.step()
    up.step()
print(x.tolist(), x.sum().item(), lam.item())
