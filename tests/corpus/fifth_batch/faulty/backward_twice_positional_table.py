import torch
from torch import nn

torch.manual_seed(0)
frequencies = nn.Parameter(torch.rand(4) + 0.5)
positions = torch.arange(10.0).unsqueeze(1)
table = torch.sin(positions * frequencies)  # mistake: backward-twice
mix = nn.Linear(4, 1)
optimizer = torch.optim.Adam([frequencies, *mix.parameters()], lr=1e-2)
wanted = torch.cos(positions / 2)
for step in range(10):
    loss = (mix(table) - wanted).abs().mean()
    optimizer.zero_grad()
    loss.backward()  # mistake: backward-twice
    optimizer.step()
