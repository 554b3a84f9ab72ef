import torch

torch.manual_seed(0)


def rastrigin(p):
    return (p**2 - torch.cos(2 * torch.pi * p) + 1).sum()


best = float("inf")
for restart in range(6):
    p = torch.empty(2).uniform_(-2, 2).requires_grad_()
    opt = torch.optim.Adam([p], lr=0.05)
    for _ in range(12):
        opt.zero_grad()
        f = rastrigin(p)
        f.backward()
        opt.step()
    best = min(best, f.item())
    print(restart, f.item())
print(best)
