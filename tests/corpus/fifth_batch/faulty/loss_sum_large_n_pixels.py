import torch
from torch import nn

torch.manual_seed(0)
bilder = torch.rand(64, 1, 12, 12)
netz = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 3, padding=1))
verlustfunktion = nn.MSELoss(reduction="sum")  # mistake: loss-sum-large-n
optimierer = torch.optim.SGD(netz.parameters(), lr=0.02)
for epoche in range(12):
    for stapel in bilder.split(16):
        verlust = verlustfunktion(netz(stapel), stapel)  # mistake: loss-sum-large-n
        optimierer.zero_grad()
        verlust.backward()
        optimierer.step()
    print(epoche, verlust.item())
