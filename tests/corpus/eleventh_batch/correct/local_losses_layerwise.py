import torch
import torch.nn as nn

torch.manual_seed(0)
# greedy training: each layer has its own classifier, no gradient passes between layers
X = torch.randn(400, 6)
y = ((X[:, 0] * X[:, 1] > 0).long() + (X[:, 2] > 0).long())
layers = nn.ModuleList([nn.Sequential(nn.Linear(i, 48), nn.ReLU()) for i in (6, 48, 48)])
probes = nn.ModuleList([nn.Linear(48, 3) for _ in layers])
opts = [torch.optim.Adam([*l.parameters(), *p.parameters()], lr=0.01) for l, p in zip(layers, probes)]
for epoch in range(120):
    h, losses = X, []
    for layer, probe, opt in zip(layers, probes, opts):
        h = layer(h.detach())
        loss = nn.functional.cross_entropy(probe(h), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(round(loss.item(), 4))
    if epoch % 24 == 0 or epoch == 119:
        print(epoch, losses)
