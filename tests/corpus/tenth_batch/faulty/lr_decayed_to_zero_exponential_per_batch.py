import torch
from torch import nn
from sklearn.datasets import make_moons

torch.manual_seed(0)
X, y = make_moons(400, noise=0.15, random_state=0)
X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32).unsqueeze(1)


class Netz(nn.Module):
    def __init__(self, breite=16):
        super().__init__()
        self.eins = nn.Linear(2, breite)
        self.zwei = nn.Linear(breite, breite)
        self.drei = nn.Linear(breite, 1)

    def forward(self, x):
        return self.drei(torch.relu(self.zwei(torch.relu(self.eins(x)))))


netz = Netz()
optimierer = torch.optim.SGD(netz.parameters(), lr=0.1, momentum=0.9)
plan = torch.optim.lr_scheduler.ExponentialLR(optimierer, gamma=0.7)  # mistake: lr-decayed-to-zero
verlust = nn.BCEWithLogitsLoss()
for epoche in range(12):
    summe = 0.0
    for teil in torch.randperm(400).split(40):
        optimierer.zero_grad()
        wert = verlust(netz(X[teil]), y[teil])
        wert.backward()
        optimierer.step()  # mistake: lr-decayed-to-zero
        plan.step()  # mistake: lr-decayed-to-zero
        summe += wert.item()
    print(epoche, summe / 10, plan.get_last_lr()[0])
