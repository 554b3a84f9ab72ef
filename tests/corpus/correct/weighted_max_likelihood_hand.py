import torch
torch.manual_seed(0)
X = torch.randn(80, 3); y = (X[:, 0] > 0).float()
w = torch.zeros(3, requires_grad=True)
for i in range(30):
    p = 1 / (1 + torch.exp(-(X @ w)))
    log_likelihood = (y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()
    cost = -log_likelihood
    cost.backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
        w.grad.zero_()
