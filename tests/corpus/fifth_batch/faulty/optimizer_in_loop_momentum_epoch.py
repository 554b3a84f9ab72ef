import torch
from torch import nn

torch.manual_seed(0)
rede = nn.Linear(6, 3)
entradas = torch.randn(60, 6)
rotulos = entradas[:, :3].argmax(1)
for epoca in range(40):
    otimizador = torch.optim.SGD(rede.parameters(), lr=0.05, momentum=0.9)  # mistake: optimizer-in-loop
    perda = nn.functional.cross_entropy(rede(entradas), rotulos)
    perda.backward()
    otimizador.step()
    otimizador.zero_grad()
print(perda.item())
