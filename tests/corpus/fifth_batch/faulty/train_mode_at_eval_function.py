import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 20), nn.ReLU(), nn.Dropout(0.5), nn.Linear(20, 3))
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
x = torch.randn(150, 5)
y = x[:, :3].argmax(1)


@torch.no_grad()
def accuracy(inputs, labels):
    return (model(inputs).argmax(1) == labels).float().mean().item()  # mistake: train-mode-at-eval


for epoch in range(10):
    for xb, yb in zip(x[:120].split(30), y[:120].split(30)):
        opt.zero_grad()
        nn.functional.cross_entropy(model(xb), yb).backward()
        opt.step()
    print(epoch, accuracy(x[120:], y[120:]))
