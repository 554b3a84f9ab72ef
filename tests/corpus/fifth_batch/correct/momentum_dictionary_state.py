import torch

torch.manual_seed(0)
P = {"a": torch.randn(3, 6) * 0.5, "b": torch.randn(6, 1) * 0.5}
V = {k: torch.zeros_like(t) for k, t in P.items()}
for t in P.values():
    t.requires_grad_()
x = torch.randn(64, 3)
y = x[:, :1] * x[:, 1:2]
for it in range(60):
    out = torch.relu(x @ P["a"]) @ P["b"]
    loss = torch.mean((out - y) ** 2)
    gs = torch.autograd.grad(loss, list(P.values()))
    with torch.no_grad():
        for (k, p), g in zip(P.items(), gs):
            V[k] = 0.8 * V[k] - 0.05 * g
            p += V[k]
print(loss.item())
