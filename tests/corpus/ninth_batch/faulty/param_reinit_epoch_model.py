import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.linspace(-2, 2, 60).unsqueeze(1)
Y = X**3 - X


def nouveau_modele():
    return nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))


courbe = []
for epoque in range(12):
    modele = nouveau_modele()  # mistake: param-reinit
    optimiseur = torch.optim.Adam(modele.parameters(), lr=0.01)
    for morceau in torch.randperm(60).chunk(3):
        optimiseur.zero_grad()
        perte = ((modele(X[morceau]) - Y[morceau]) ** 2).mean()
        perte.backward()
        optimiseur.step()
    courbe.append(perte.item())
print(courbe)
