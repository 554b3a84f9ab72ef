import torch

torch.manual_seed(0)
x = torch.randn(100, 3)
y = (x @ torch.tensor([1.0, -2.0, 0.5]) > 0).float()
w = torch.zeros(3, requires_grad=True)
for step in range(40):
    p = (1 / (1 + torch.exp(-(x @ w)))).clamp(1e-6, 1 - 1e-6)
    loss = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
    w.grad = None
    print(step, loss.item())
