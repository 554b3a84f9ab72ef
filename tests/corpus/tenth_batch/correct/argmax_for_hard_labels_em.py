# hard EM / k-means by gradient: the assignment is an argmin, the distance to the chosen centre is smooth
import torch

torch.manual_seed(0)
true = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])
x = (true[:, None] + 0.4 * torch.randn(4, 80, 2)).reshape(-1, 2)
centres = x[torch.randperm(320)[:4]].clone().requires_grad_()
opt = torch.optim.SGD([centres], lr=0.5)


def assign(x, c):
    return ((x[:, None] - c[None]) ** 2).sum(2).argmin(1)


for it in range(60):
    k = assign(x, centres)
    loss = ((x - centres[k]) ** 2).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 10 == 0:
        print(it, loss.item(), torch.bincount(k, minlength=4).tolist())
