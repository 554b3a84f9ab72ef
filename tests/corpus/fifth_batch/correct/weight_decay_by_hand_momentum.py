import torch

torch.manual_seed(0)
x = torch.randn(100, 10)
y = x @ (torch.randn(10) * (torch.rand(10) > 0.5)) + 0.1 * torch.randn(100)
w = torch.zeros(10, requires_grad=True)
v = torch.zeros(10)
eta, mu, decay = 0.05, 0.9, 1e-3
for epoch in range(15):
    for xb, yb in zip(x.split(25), y.split(25)):
        loss = ((xb @ w - yb) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            v = mu * v + w.grad + decay * w
            w -= eta * v
            w.grad.zero_()
print(loss.item())
