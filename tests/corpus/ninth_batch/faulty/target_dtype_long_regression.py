import numpy as np
import torch
from torch import nn

rng = np.random.RandomState(0)
torch.manual_seed(0)
preise = rng.rand(80, 3)
ziel = 2.0 * preise[:, 0] - 0.7 * preise[:, 1]  # between -0.7 and 2

X = torch.FloatTensor(preise)
Y = torch.LongTensor(ziel)  # mistake: target-dtype
netz = nn.Sequential(nn.Linear(3, 10), nn.ReLU(), nn.Linear(10, 1))
opt = torch.optim.Adam(netz.parameters(), lr=0.01)
for epoche in range(40):
    opt.zero_grad()
    fehler = ((netz(X).squeeze(1) - Y) ** 2).mean()  # mistake: target-dtype
    fehler.backward()
    opt.step()
print(fehler.item())
