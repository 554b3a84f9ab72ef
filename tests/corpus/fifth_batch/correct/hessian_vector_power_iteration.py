import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
params = list(net.parameters())
opt = torch.optim.SGD(params, lr=0.05)
x = torch.randn(50, 3)
y = x[:, :1].cos()
for step in range(20):
    loss = (net(x) - y).pow(2).mean()
    if step % 5 == 0:
        g = torch.autograd.grad(loss, params, create_graph=True)
        vec = [torch.randn_like(p) for p in params]
        for _ in range(3):
            hv = torch.autograd.grad(g, params, grad_outputs=vec, retain_graph=True)
            norm = sum((h * h).sum() for h in hv).sqrt()
            vec = [h / norm for h in hv]
        print(step, norm.item())
    opt.zero_grad()
    loss.backward()
    opt.step()
