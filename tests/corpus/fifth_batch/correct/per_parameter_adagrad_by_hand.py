import torch

torch.manual_seed(0)
params = [torch.randn(4, 12) * 0.4, torch.zeros(12), torch.randn(12, 1) * 0.3]
for p in params:
    p.requires_grad_(True)
cache = [torch.zeros_like(p) for p in params]
x = torch.randn(90, 4)
y = torch.relu(x[:, :1] + x[:, 1:2])
for it in range(60):
    h = torch.tanh(x @ params[0] + params[1])
    loss = (h @ params[2] - y).square().mean()
    for p in params:
        p.grad = None
    loss.backward()
    for p, c in zip(params, cache):
        c += p.grad.detach() ** 2
        p.data -= 0.1 * p.grad / (c.sqrt() + 1e-8)
print(loss.item())
