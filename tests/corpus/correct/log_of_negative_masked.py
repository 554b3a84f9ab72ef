import torch
torch.manual_seed(0)
w = torch.randn(5, requires_grad=True)
X = torch.randn(30, 5); n = torch.randint(0, 3, (30,)).float()
for i in range(10):
    s = X @ w
    ratio = s.log()
    keep = s > 0.1
    loss = ratio.masked_fill(~keep, 0).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
