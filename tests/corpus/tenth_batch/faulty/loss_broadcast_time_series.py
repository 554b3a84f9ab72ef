import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
np.random.seed(0)
t = np.arange(400)
series = np.sin(t / 8) + 0.5 * np.sin(t / 3) + 0.1 * np.random.randn(400)
LAG = 12
X = np.stack([series[i : i + LAG] for i in range(len(series) - LAG)])
Y = series[LAG:]
X, Y = torch.from_numpy(X).float(), torch.from_numpy(Y).float()


class AR(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(LAG, 24), nn.ReLU(), nn.Linear(24, 1))

    def forward(self, x):
        return self.net(x)


model = AR()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(20):
    for b in torch.randperm(len(X)).split(64):
        pred = model(X[b])  # mistake: loss-broadcast
        loss = torch.sqrt(((pred - Y[b]) ** 2).mean())  # mistake: loss-broadcast
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 4 == 3:
        with torch.no_grad():
            real = (model(X)[:, 0] - Y).pow(2).mean().sqrt().item()
        print(epoch, loss.item(), "rmse", real)
