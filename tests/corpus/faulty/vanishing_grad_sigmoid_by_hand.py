import torch
torch.manual_seed(0)
Ws = [(torch.randn(10, 10) * 0.3).requires_grad_() for _ in range(12)]
out = (torch.randn(10, 1) * 0.3).requires_grad_()
X = torch.randn(50, 10); y = X[:, :1]
opt = torch.optim.SGD([*Ws, out], lr=0.05)
for i in range(30):
    h = X
    for W in Ws:
        h = 1 / (1 + torch.exp(-h @ W))  # mistake: vanishing-grad
    l = ((h @ out - y) ** 2).mean()
    opt.zero_grad(); l.backward(); opt.step()
