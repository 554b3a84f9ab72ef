import torch
from torch import nn

torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1), nn.Tanh())
opt = torch.optim.Adam(policy.parameters(), lr=1e-2)
obs = torch.randn(100, 3)
expert = (obs[:, :1] - obs[:, 1:2]).clamp(-1, 1)  # the expert saturates
for epoch in range(20):
    for i in torch.randperm(100).split(25):
        loss = nn.functional.mse_loss(policy(obs[i]), expert[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
