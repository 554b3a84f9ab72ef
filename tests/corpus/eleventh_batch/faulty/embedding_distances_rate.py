import torch

# multidimensional scaling of cities on a plane
torch.manual_seed(1)
true = torch.rand(15, 2) * 10
D = torch.cdist(true, true)
iu = torch.triu_indices(15, 15, 1)


def stress(P):
    d = (P[iu[0]] - P[iu[1]]).pow(2).sum(1).add(1e-9).sqrt()
    return (d - D[iu[0], iu[1]]).pow(2).sum()


P = torch.randn(15, 2, requires_grad=True)
opt = torch.optim.SGD([P], lr=0.2)  # mistake: lr-too-large | loss-sum-large-n
for it in range(200):
    opt.zero_grad()
    s = stress(P)
    s.backward()
    opt.step()  # mistake: lr-too-large | loss-sum-large-n
    if it % 25 == 0:
        print(it, f"stress {s.item():.4g}")
