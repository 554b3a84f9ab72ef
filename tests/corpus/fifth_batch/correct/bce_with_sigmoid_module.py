import torch
from torch import nn

torch.manual_seed(0)
klassifikator = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 1), nn.Sigmoid())
kriterium = nn.BCELoss()
opt = torch.optim.Adam(klassifikator.parameters(), lr=1e-2)
punkte = torch.randn(100, 5)
klassen = (punkte.sum(1, keepdim=True) > 0).float()
for epoche in range(10):
    for p, k in zip(punkte.split(20), klassen.split(20)):
        opt.zero_grad()
        verlust = kriterium(klassifikator(p), k)
        verlust.backward()
        opt.step()
    with torch.no_grad():
        print(epoche, ((klassifikator(punkte) > 0.5).float() == klassen).float().mean().item())
