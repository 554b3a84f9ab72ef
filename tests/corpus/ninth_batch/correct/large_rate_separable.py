# logistic regression, not regularised: a learning rate of 20 is fine here
import torch

torch.manual_seed(0)
x = torch.randn(60, 2) * 0.3
y = (x[:, 0] > 0).float()
w = torch.zeros(2, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for k in range(50):
    p = torch.sigmoid(x @ w + b)
    loss = -(y * torch.log(p + 1e-8) + (1 - y) * torch.log(1 - p + 1e-8)).mean()
    loss.backward()
    for q in (w, b):
        q.data -= 20.0 * q.grad.data
        q.grad.data.zero_()
    if k % 10 == 0:
        print(k, loss.item())
