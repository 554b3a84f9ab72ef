import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x, y = torch.randn(100, 4), torch.randint(0, 2, (100,))
best = 0.0
for epoch in range(6):
    for part in torch.randperm(80).split(20):
        loss = nn.functional.cross_entropy(net(x[part]), y[part])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.inference_mode():
        guesses = net(x[80:]).argmax(-1)  # mistake: train-mode-at-eval
    best = max(best, (guesses == y[80:]).float().mean().item())
print(best)
