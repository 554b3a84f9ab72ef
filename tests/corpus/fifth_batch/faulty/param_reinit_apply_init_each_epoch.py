import torch
from torch import nn

torch.manual_seed(0)


def init(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)  # mistake: param-reinit
        nn.init.zeros_(m.bias)


def train_epoch(model, opt, data):
    model.apply(init)  # mistake: param-reinit
    for x, y in data:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
    return loss.item()


x = torch.randn(100, 6)
y = (x[:, 0] + x[:, 1] > 0).long()
data = list(zip(x.split(25), y.split(25)))
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2))
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(12):
    print(train_epoch(model, opt, data))
