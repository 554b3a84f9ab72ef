import torch

torch.manual_seed(0)
# learning to rank: all pairs of scores are compared, so (N,1) minus (N,) is wanted
X = torch.randn(80, 5)
rel = X @ torch.tensor([1.0, -1.0, 0.5, 0.0, 2.0]) + 0.1 * torch.randn(80)
w = torch.zeros(5, requires_grad=True)
opt = torch.optim.Adam([w], lr=0.05)
better = (rel.unsqueeze(1) > rel).float()
for it in range(120):
    s = X @ w
    diff = s.unsqueeze(1) - s
    loss = (better * torch.nn.functional.softplus(-diff)).sum() / better.sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 24 == 0 or it == 119:
        order = ((diff > 0).float() * better).sum() / better.sum()
        print(it, loss.item(), "pairs in order", order.item())
