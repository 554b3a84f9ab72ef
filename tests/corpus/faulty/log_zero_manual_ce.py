import torch

torch.manual_seed(0)
x = torch.randn(60, 4) * 60
y = (x[:, 0] < 0).float()
w = torch.ones(4, requires_grad=True)
for i in range(8):
    p = 1 / (1 + torch.exp(-(x @ w)))
    loss = -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()  # mistake: log-zero
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad.zero_()
    print(i, loss.item())
