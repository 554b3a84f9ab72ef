import torch

torch.manual_seed(0)
x = torch.randn(40, 3) * 80
y = (x.sum(1) > 0).float()
w = torch.ones(3, requires_grad=True)
for i in range(10):
    p = torch.sigmoid(x @ w)
    loss = -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()  # mistake: log-zero
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
    print(loss.item())
