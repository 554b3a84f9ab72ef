import torch

torch.manual_seed(0)
w = torch.zeros(3, requires_grad=True)
for n in range(150):
    x = torch.randn(3)
    y = 1.0 if x[0] + 2 * x[1] > 0 else -1.0
    loss = torch.relu(1 - y * (w @ x))
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad.zero_()
print(w.tolist())
