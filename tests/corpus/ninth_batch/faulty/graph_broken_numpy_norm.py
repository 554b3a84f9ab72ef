import numpy as np
import torch
from torch import nn

torch.manual_seed(0)


class Normalise(nn.Module):
    def forward(self, x):
        arr = x.detach().cpu().numpy()  # mistake: graph-broken | graph-detached-mid
        arr = (arr - arr.mean(axis=1, keepdims=True)) / (arr.std(axis=1, keepdims=True) + 1e-5)
        return torch.from_numpy(arr.astype(np.float32))  # mistake: graph-broken | graph-detached-mid


net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), Normalise(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x, y = torch.randn(90, 6), torch.randint(0, 3, (90,))
for epoch in range(6):
    for xb, yb in zip(x.split(30), y.split(30)):
        loss = nn.functional.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
