import torch
from torch import nn

torch.manual_seed(2)


class Zaehler(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 12, batch_first=True)
        self.kopf = nn.Linear(12, 1)

    def forward(self, folge):
        zustand, _ = self.gru(folge)
        return self.kopf(zustand[:, -1])


modell = Zaehler()
optimierer = torch.optim.SGD(modell.parameters(), lr=0.15)
folgen = torch.randn(160, 5, 1)
ziele = folgen.sum(1)
schritte = 20
for epoche in range(12):
    optimierer.zero_grad()
    for nummer, (f, z) in enumerate(zip(folgen.split(4), ziele.split(4)), start=1):
        verlust = nn.functional.mse_loss(modell(f), z)
        verlust.backward()  # mistake: accum-not-scaled
        if nummer % schritte == 0:
            optimierer.step()  # mistake: accum-not-scaled
            optimierer.zero_grad()
    print(epoche, verlust.item())
