import torch

torch.manual_seed(0)
# the constraint sum(w) = 1 as a penalty of weight 1e4: the curvature is huge, a rate above 2.5e-5 diverges
x = torch.randn(60, 4)
y = x.mean(1) + 0.1 * torch.randn(60)
w = torch.zeros(4, requires_grad=True)
opt = torch.optim.SGD([w], lr=1e-5)
for it in range(80):
    penalty = 1e4 * (w.sum() - 1) ** 2
    loss = penalty + (x @ w - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 16 == 0:
        print(it, loss.item())
