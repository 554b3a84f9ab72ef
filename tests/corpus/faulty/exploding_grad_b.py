import torch

torch.manual_seed(0)
width, depth = 64, 12
weights = [torch.randn(width, width, requires_grad=True) for _ in range(depth)]  # mistake: exploding-grad
head = torch.randn(width, 1, requires_grad=True)
x, y = torch.randn(16, width), torch.randn(16, 1)
for step in range(6):
    h = x
    for w in weights:
        h = torch.relu(h @ w)  # mistake: exploding-grad
    loss = (h @ head - y).square().mean()
    loss.backward()  # mistake: exploding-grad
    with torch.no_grad():
        for p in [*weights, head]:
            p -= 1e-3 * p.grad
            p.grad = None
    print(step, loss.item())
