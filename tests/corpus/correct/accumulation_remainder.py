"""Accumulation that also applies what the last, shorter group left."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(110, 6)
y = (x[:, 0] > 0).float().unsqueeze(1)
loader = DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True)
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.01)
accum = 4
for epoch in range(4):
    for i, (a, b) in enumerate(loader):
        loss = nn.functional.binary_cross_entropy_with_logits(model(a), b) / accum
        loss.backward()
        if (i + 1) % accum == 0 or i + 1 == len(loader):
            opt.step()
            opt.zero_grad()
