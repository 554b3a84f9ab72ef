import torch

torch.manual_seed(0)
X = torch.cat([torch.ones(80, 1), torch.randn(80, 5)], 1)
Y = X @ torch.randn(6, 3) + 0.1 * torch.randn(80, 3)
theta = torch.zeros(6, 3, requires_grad=True)
optimizer = torch.optim.SGD([theta], lr=0.1, weight_decay=1e-3)
for it in range(100):
    optimizer.zero_grad()
    err = X @ theta - Y
    loss = err.square().sum() / len(X) + 1e-3 * theta.norm()
    loss.backward()
    optimizer.step()
print(loss.item())
