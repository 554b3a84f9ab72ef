import torch
from torch import nn

torch.manual_seed(0)
# yearly temperatures: a trend plus a cycle
year = torch.arange(1880, 2021, dtype=torch.float32).unsqueeze(1)  # mistake: input-unscaled
anomaly = 0.008 * (year - 1950) + 0.15 * torch.sin((year - 1880) / 11) + 0.05 * torch.randn_like(year)

net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)


def fit(x, y, epochs):
    for epoch in range(epochs):
        loss = nn.functional.mse_loss(net(x), y)  # mistake: input-unscaled
        opt.zero_grad()
        loss.backward()
        opt.step()
        if epoch % 40 == 39:
            print(epoch, loss.item())


fit(year, anomaly, 240)  # mistake: input-unscaled
print("variance", anomaly.var().item())
