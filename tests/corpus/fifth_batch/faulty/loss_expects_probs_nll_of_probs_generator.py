import torch
from torch import nn


def batches(n):
    generator = torch.Generator().manual_seed(4)
    for _ in range(n):
        x = torch.randn(32, 6, generator=generator)
        yield x, x[:, :4].argmax(1)


torch.manual_seed(0)
red = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4), nn.Softmax(dim=1))  # mistake: loss-expects-probs
criterio = nn.NLLLoss()
optimizador = torch.optim.Adam(red.parameters(), lr=5e-3)
for x, y in batches(40):
    optimizador.zero_grad()
    perdida = criterio(red(x), y)  # mistake: loss-expects-probs
    perdida.backward()
    optimizador.step()
print(perdida.item())
