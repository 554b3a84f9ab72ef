import torch
from torch import nn

torch.manual_seed(0)
embed = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 6))
opt = torch.optim.Adam(embed.parameters(), lr=3e-3)
centres = torch.randn(10, 5) * 2
for episode in range(20):
    ways = torch.randperm(10)[:4]
    support = centres[ways].unsqueeze(1) + 0.5 * torch.randn(4, 3, 5)
    query = centres[ways].unsqueeze(1) + 0.5 * torch.randn(4, 6, 5)
    prototypes = embed(support).mean(1)
    distances = torch.cdist(embed(query).flatten(0, 1), prototypes)
    loss = nn.functional.cross_entropy(-distances, torch.arange(4).repeat_interleave(6))
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(episode, loss.item())
