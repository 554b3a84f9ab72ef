import torch

torch.manual_seed(0)
X = torch.randn(100, 3)
labels = (X[:, 0] > 0).float()
w = torch.zeros(3, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for epoch in range(30):
    p = torch.sigmoid(X @ w + b)
    loss = -(labels * torch.log(p + 1e-7) + (1 - labels) * torch.log(1 - p + 1e-7)).mean()
    loss.backward()
    with torch.no_grad():
        w += 0.1 * w.grad  # mistake: update-wrong-sign
        b += 0.1 * b.grad  # mistake: update-wrong-sign
    w.grad = None
    b.grad = None
    print(epoch, loss.item())
