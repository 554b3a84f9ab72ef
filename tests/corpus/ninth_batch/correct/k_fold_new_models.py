import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(100, 5)
y = (x[:, 0] - x[:, 1] > 0).float()[:, None]
scores = []
for fold, held_out in enumerate(torch.randperm(100).chunk(5)):
    keep = torch.ones(100, dtype=torch.bool)
    keep[held_out] = False
    model = nn.Linear(5, 1)
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(8):
        opt.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(x[keep]), y[keep])
        loss.backward()
        opt.step()
    with torch.no_grad():
        scores.append(((model(x[held_out]) > 0) == y[held_out]).float().mean().item())
print(scores)
