# link prediction by a decoder on node embeddings
import torch
import torch.nn.functional as F

torch.manual_seed(3)
n = 40
group = torch.arange(n) // 10
adj = (torch.rand(n, n) < torch.where(group[:, None] == group[None], 0.8, 0.05)).float()
adj = ((adj + adj.T) > 0).float()
i, j = torch.triu_indices(n, n, 1)
target = adj[i, j]

Z = (0.1 * torch.randn(n, 6)).requires_grad_()
bias = torch.zeros(1, requires_grad=True)


def decode(a, b):
    return ((Z[a] * Z[b]).sum(1) + bias).sigmoid()  # mistake: double-sigmoid


optimizer = torch.optim.Adam([Z, bias], lr=0.05)
pos_weight = (1 - target).sum() / target.sum()
for epoch in range(150):
    score = decode(i, j)
    loss = F.binary_cross_entropy_with_logits(score, target, pos_weight=pos_weight)  # mistake: double-sigmoid
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 30 == 29:
        print(epoch, loss.item(), ((score > 0.5).float() == target).float().mean().item())
