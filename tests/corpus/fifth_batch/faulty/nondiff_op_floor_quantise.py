import torch
from torch import nn


class Quantise(nn.Module):
    def forward(self, x):
        return torch.floor(x * 8) / 8  # mistake: nondiff-op


torch.manual_seed(0)
autoencoder = nn.Sequential(nn.Linear(16, 4), nn.Tanh(), Quantise(), nn.Linear(4, 16))
opt = torch.optim.SGD(autoencoder.parameters(), lr=0.1, momentum=0.9)
data = torch.randn(64, 4) @ torch.randn(4, 16) / 2
for epoch in range(25):
    loss = nn.functional.mse_loss(autoencoder(data), data)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
