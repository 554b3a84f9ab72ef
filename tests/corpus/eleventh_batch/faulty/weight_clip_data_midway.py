import torch

torch.manual_seed(0)
X = torch.randn(200, 3)
y = torch.exp(0.3 * X[:, 0]) + 0.2 * X[:, 1]
W = (0.5 * torch.randn(3, 16)).requires_grad_()
v = (0.5 * torch.randn(16)).requires_grad_()
opt = torch.optim.SGD([W, v], lr=0.1)

for step in range(700):
    h = torch.tanh(X @ W)
    out = h @ v
    loss = (out - y).square().mean()
    saturation = h.abs().gt(0.9).float().mean().item()
    h.data.sub_(h.data.mean(0))  # mistake: data-mutation
    spread = h.data.std(0).mean().item()
    opt.zero_grad()
    loss.backward()  # mistake: data-mutation
    opt.step()
    if step % 100 == 0:
        print(step, f"loss {loss.item():.4f} saturated {saturation:.2f} spread {spread:.3f}")
