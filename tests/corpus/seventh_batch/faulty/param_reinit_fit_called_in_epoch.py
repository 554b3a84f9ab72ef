import torch
from torch import nn

torch.manual_seed(1)
x = torch.randn(100, 5)
y = x @ torch.randn(5, 1) + 0.1 * torch.randn(100, 1)


def build():
    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1))  # mistake: param-reinit
    return model, torch.optim.Adam(model.parameters(), lr=1e-2)


for epoch in range(30):
    model, opt = build()  # mistake: param-reinit
    for xb, yb in zip(x.split(50), y.split(50)):
        loss = ((model(xb) - yb) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print("Epoch", epoch, "loss", loss.item())
