import torch
from torch import nn

torch.manual_seed(0)
log_sigma = nn.Parameter(torch.zeros(1))
mean = nn.Parameter(torch.zeros(1))
opt = torch.optim.Adam([mean, log_sigma], lr=5e-2)
sample = 3 + 2 * torch.randn(200)
for step in range(60):
    loss = -torch.distributions.Normal(mean, log_sigma.exp()).log_prob(sample).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 10 == 0:
        print(step, loss.item())
