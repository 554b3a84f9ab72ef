import torch
from torch import nn


def evaluate(model, x, y):
    was = model.training
    model.eval()
    with torch.inference_mode():
        out = nn.functional.cross_entropy(model(x), y).item()
    model.train(was)
    return out


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 3))
opt = torch.optim.Adam(model.parameters(), lr=0.01)
x = torch.randn(150, 8)
y = x[:, :3].argmax(1)
for epoch in range(6):
    for idx in torch.randperm(120).split(30):
        loss = nn.functional.cross_entropy(model(x[idx]), y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(evaluate(model, x[120:], y[120:]))
