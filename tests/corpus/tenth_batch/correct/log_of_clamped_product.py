# entropy-regularised assignment by Sinkhorn in the log domain; zeros are kept out by masks and clamps
import torch

torch.manual_seed(0)
a = torch.rand(15, 2)
perm = torch.randperm(15)
b = a[perm] + 0.02 * torch.randn(15, 2) + 0.3
shift = torch.zeros(2, requires_grad=True)
opt = torch.optim.Adam([shift], lr=0.02)


def sinkhorn(cost, eps=0.02, rounds=40):
    f = torch.zeros(cost.shape[0])
    g = torch.zeros(cost.shape[1])
    for _ in range(rounds):
        f = -eps * torch.logsumexp((g[None] - cost) / eps, 1)
        g = -eps * torch.logsumexp((f[:, None] - cost) / eps, 0)
    return torch.exp((f[:, None] + g[None] - cost) / eps)


for it in range(60):
    cost = torch.cdist(a + shift, b).square()
    P = sinkhorn(cost)
    P = P / P.sum()
    entropy = -(P * P.clamp_min(1e-30).log()).sum()
    loss = (P * cost).sum() - 1e-3 * entropy
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 12 == 11:
        print(it, loss.item(), shift.tolist())
