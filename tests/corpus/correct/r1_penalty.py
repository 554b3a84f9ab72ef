import torch
from torch import nn

torch.manual_seed(0)
D = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
opt = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.0, 0.99))
for step in range(25):
    real = torch.randn(32, 2).requires_grad_()
    fake = torch.randn(32, 2) + 2
    score = D(real)
    loss = nn.functional.softplus(-score).mean() + nn.functional.softplus(D(fake)).mean()
    (g,) = torch.autograd.grad(score.sum(), real, create_graph=True)
    penalty = g.pow(2).sum(1).mean()
    opt.zero_grad()
    (loss + 5 * penalty).backward()
    opt.step()
