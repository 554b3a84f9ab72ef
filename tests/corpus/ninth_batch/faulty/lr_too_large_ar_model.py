# AR(3) for a time series with a level, plain gradient descent
import torch

torch.manual_seed(0)
n = 120
s = torch.zeros(n)
for k in range(3, n):
    s[k] = 0.5 * s[k - 1] + 0.2 * s[k - 2] + 1.0 + 0.3 * torch.randn(())
lags = torch.stack([s[2:-1], s[1:-2], s[:-3]], 1)
target = s[3:]

phi = torch.zeros(3, requires_grad=True)
c = torch.zeros(1, requires_grad=True)
optimizer = torch.optim.SGD([phi, c], lr=0.1)  # mistake: lr-too-large
for epoch in range(40):
    pred = lags @ phi + c
    mse = (pred - target).pow(2).mean()
    optimizer.zero_grad()
    mse.backward()
    optimizer.step()  # mistake: lr-too-large
    if epoch % 8 == 0:
        print(epoch, mse.item())
