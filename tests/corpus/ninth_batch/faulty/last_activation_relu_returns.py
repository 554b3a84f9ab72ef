import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(2)
X = torch.randn(100, 3)
y = (X @ torch.tensor([[1.0], [-1.0], [0.5]])) - 1.0

couche1, couche2 = nn.Linear(3, 12), nn.Linear(12, 1)
opt = torch.optim.SGD([*couche1.parameters(), *couche2.parameters()], lr=0.05)


def modele(x):
    return F.relu(couche2(F.relu(couche1(x))))  # mistake: last-activation


for epoque in range(40):
    opt.zero_grad()
    perte = F.mse_loss(modele(X), y)  # mistake: last-activation
    perte.backward()
    opt.step()
print(perte.item(), modele(X).min().item(), y.min().item())
