import torch
from torch import nn

torch.manual_seed(0)
modelo = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1)).half()  # mistake: half-precision
otimizador = torch.optim.Adam(modelo.parameters(), lr=1e-3)  # mistake: half-precision
dados = torch.randn(64, 8).half()
alvo = dados.sum(1, keepdim=True)
for epoca in range(10):
    otimizador.zero_grad()
    perda = ((modelo(dados) - alvo) ** 2).mean()
    perda.backward()
    otimizador.step()  # mistake: half-precision
    print(epoca, perda.item())
