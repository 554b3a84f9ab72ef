import torch
from torch.func import grad_and_value, vmap

torch.manual_seed(0)
# per-sample gradients, averaged by hand with clipping (differential privacy)
X = torch.randn(100, 4)
y = X @ torch.tensor([1.0, -2.0, 0.0, 0.5])


def sample_loss(w, x, t):
    return (x @ w - t) ** 2


per_sample = vmap(grad_and_value(sample_loss), in_dims=(None, 0, 0))
w = torch.zeros(4)


def private_step(w, lr=0.1, bound=5.0):
    g, values = per_sample(w, X, y)
    g = g * (bound / g.norm(dim=1, keepdim=True).clamp(min=bound))
    noisy = g.mean(0) + 0.01 * torch.randn(4)
    w = w - lr * noisy  # mistake: update-not-applied
    return values.mean().item()


for k in range(60):
    value = private_step(w)
    if k % 12 == 0:
        print(k, value)
