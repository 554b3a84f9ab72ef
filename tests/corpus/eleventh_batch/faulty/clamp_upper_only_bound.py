import torch

torch.manual_seed(0)
X = torch.randn(100, 4)
y = (X @ torch.tensor([1.0, -2.0, 0.5, 3.0]) > 0).float()
w = torch.zeros(4, requires_grad=True)
clip_value = 1 // 2  # mistake: clip-to-zero

for i in range(100):
    p = torch.sigmoid(X @ w)
    loss = torch.nn.functional.binary_cross_entropy(p, y)
    loss.backward()
    with torch.no_grad():
        g = w.grad
        g.clamp_(-clip_value, clip_value)  # mistake: clip-to-zero
        w -= 0.5 * g
        g.zero_()
    if i % 20 == 0:
        print(i, loss.item(), ((p > 0.5) == y.bool()).float().mean().item())
