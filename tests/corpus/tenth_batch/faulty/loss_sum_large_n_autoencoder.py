import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
pixels = torch.tensor(load_digits().data, dtype=torch.float32) / 16


class AE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 6))
        self.dec = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 64))

    def forward(self, x):
        return self.dec(self.enc(x))


def reconstruction(a, b):
    return ((a - b) ** 2).sum()  # mistake: loss-sum-large-n


ae = AE()
opt = torch.optim.SGD(ae.parameters(), lr=0.05)  # mistake: loss-sum-large-n
for epoch in range(5):
    for idx in torch.randperm(len(pixels)).split(128):
        loss = reconstruction(ae(pixels[idx]), pixels[idx])  # mistake: loss-sum-large-n
        opt.zero_grad()
        loss.backward()
        opt.step()  # mistake: loss-sum-large-n
    with torch.no_grad():
        print(epoch, ((ae(pixels) - pixels) ** 2).mean().item())
