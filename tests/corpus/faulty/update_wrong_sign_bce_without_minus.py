import torch
torch.manual_seed(0)
X = torch.randn(80, 3); y = (X[:, 0] > 0).float()
w = torch.zeros(3, requires_grad=True)
for i in range(30):
    p = torch.sigmoid(X @ w)
    loss = torch.mean(y * torch.log(p + 1e-8) + (1 - y) * torch.log(1 - p + 1e-8))  # mistake: update-wrong-sign
    loss.backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
        w.grad.zero_()
