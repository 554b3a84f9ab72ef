# multidimensional scaling; the diagonal distances are zero, an epsilon is under the root
import torch

torch.manual_seed(0)
points = torch.rand(25, 3)
D = torch.cdist(points, points)
Z = torch.randn(25, 2, requires_grad=True)
opt = torch.optim.Adam([Z], lr=0.05)


def distances(Z):
    diff = Z[:, None] - Z[None]
    return (diff.square().sum(-1) + 1e-9).sqrt()


def stress(Z):
    return ((distances(Z) - D) ** 2).mean()


for it in range(150):
    loss = stress(Z)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it, loss.item())
print("spread", Z.detach().std(0).tolist())
