"""Each fold starts a new model and a new optimiser on purpose."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(100, 6)
y = (x[:, 0] - x[:, 1] > 0).float().unsqueeze(1)
folds = torch.randperm(100).view(5, 20)
scores = []
for k in range(5):
    held_out = folds[k]
    rest = torch.cat([folds[j] for j in range(5) if j != k])
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1))
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    for epoch in range(15):
        opt.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(x[rest]), y[rest])
        loss.backward()
        opt.step()
    with torch.no_grad():
        scores.append(((model(x[held_out]) > 0) == (y[held_out] > 0)).float().mean().item())
print(scores)
