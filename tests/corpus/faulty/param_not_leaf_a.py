import torch

torch.manual_seed(0)
W = torch.randn(4, 2, requires_grad=True) * 0.1  # mistake: param-not-leaf
X = torch.randn(30, 4)
T = torch.randn(30, 2)
for i in range(10):
    L = ((X @ W - T) ** 2).mean()
    L.backward()
    with torch.no_grad():
        W -= 0.1 * W.grad  # mistake: param-not-leaf
    W.grad.zero_()
