import torch

torch.manual_seed(0)
n, bs = 320, 16
x = torch.rand(n, 2) * 6 - 3
f = torch.sin(x[:, 0]) + 0.5 * x[:, 1]
W = [torch.randn(2, 32), torch.zeros(32), torch.randn(32) * 0.2, torch.zeros(())]
W = [t.requires_grad_() for t in W]
opt = torch.optim.Adam(W, lr=0.01)


def model(z):
    return torch.tanh(z @ W[0] + W[1]) @ W[2] + W[3]


for epoch in range(25):
    for k in range(n // bs):
        xb, fb = x[:bs], f[:bs]  # mistake: same-batch
        loss = (model(xb) - fb).square().mean()  # mistake: same-batch
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        full = (model(x) - f).square().mean().item()
    if epoch % 5 == 4:
        print(epoch + 1, "batch", loss.item(), "all", full)
