"""A separable problem: no learning rate diverges here, whatever a fixed limit says."""
import torch

torch.manual_seed(0)
x = torch.randn(30, 4)
y = (x @ torch.tensor([1.0, -1.0, 2.0, 0.5]) > 0).float()
w = torch.zeros(4, requires_grad=True)
for step in range(60):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ w, y)
    loss.backward()
    with torch.no_grad():
        w -= 10 * w.grad
        w.grad.zero_()
print(loss.item())
