import torch

torch.manual_seed(0)
x = torch.randn(64, 4)
y = x @ torch.tensor([1.5, -0.5, 2.5, 1.0])
weights = torch.tensor([1.0, -1.0, 2.0, 1.0], dtype=torch.bfloat16, requires_grad=True)  # mistake: half-precision
lr = 1e-3
for epoch in range(80):
    loss = (x @ weights.float() - y).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        weights -= lr * weights.grad  # mistake: half-precision
    weights.grad = None
print(loss.item(), weights)
