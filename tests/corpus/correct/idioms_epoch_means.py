"""Losses kept as tensors and averaged once an epoch; predictions collected under no_grad; two phases."""
import torch
from torch import nn

torch.manual_seed(0)
enc, cls = nn.Sequential(nn.Linear(10, 16), nn.Tanh()), nn.Linear(16, 4)
params = list(enc.parameters()) + list(cls.parameters())
opt = torch.optim.SGD(params, lr=0.2, momentum=0.9, nesterov=True, weight_decay=1e-4)
xs = torch.randn(128, 10)
ys = (xs[:, :4]).argmax(1)
for epoch in range(10):
    epoch_losses = []
    for xb, yb in zip(xs.split(32), ys.split(32)):
        logits = cls(enc(xb))
        loss = nn.functional.cross_entropy(logits, yb, label_smoothing=0.05)
        for p in params:
            p.grad = None
        loss.backward()
        opt.step()
        epoch_losses.append(loss.detach())
    mean = torch.stack(epoch_losses).mean()
    with torch.no_grad():
        predicted = torch.cat([cls(enc(b)).argmax(1) for b in xs.split(64)])
    print(epoch, mean.item(), (predicted == ys).float().mean().item())
