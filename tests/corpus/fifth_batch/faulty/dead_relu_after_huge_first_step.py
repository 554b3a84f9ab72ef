import torch
from torch import nn

torch.manual_seed(0)


class Netz(nn.Module):
    def __init__(self):
        super().__init__()
        self.eins, self.zwei = nn.Linear(4, 24), nn.Linear(24, 1)

    def forward(self, x):
        return self.zwei(torch.relu(self.eins(x)))  # mistake: dead-relu | lr-too-large


x = torch.rand(80, 4) + 1
y = 50 * x.sum(1, keepdim=True)
netz = Netz()
opt = torch.optim.SGD(netz.parameters(), lr=0.03)  # mistake: dead-relu | lr-too-large
for runde in range(40):
    opt.zero_grad()
    verlust = nn.functional.mse_loss(netz(x), y)
    verlust.backward()
    opt.step()  # mistake: dead-relu | lr-too-large
    print(verlust.item())
