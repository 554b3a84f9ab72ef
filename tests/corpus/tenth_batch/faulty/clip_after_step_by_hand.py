import torch

torch.manual_seed(0)
# robust location of heavy-tailed data plus a linear trend; single samples, so gradients are wild
n = 400
t = torch.linspace(-1, 1, n)
y = 2.0 + 3.0 * t + torch.distributions.StudentT(1.1).sample((n,)) * 2.0
w = torch.zeros(2, requires_grad=True)
features = torch.stack([torch.ones(n), t], 1)
lr, limit = 0.05, 1.0


def limit_norm(g, bound):
    norm = g.norm()
    if norm > bound:
        g.mul_(bound / norm)  # mistake: clip-after-step


errors = []
for epoch in range(2):
    for i in torch.randperm(n).tolist():
        loss = (features[i] @ w - y[i]) ** 2
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad  # mistake: clip-after-step
        limit_norm(w.grad, limit)  # mistake: clip-after-step
        w.grad.zero_()  # mistake: clip-after-step
        errors.append((w.detach() - torch.tensor([2.0, 3.0])).norm().item())
    print(epoch, w.tolist(), "mean distance", sum(errors[-n:]) / n)
