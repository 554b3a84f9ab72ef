import copy

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(90, 6)
y = x[:, :1] + 0.5 * torch.randn(90, 1)
net = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=2e-2)
best, state, bad = float("inf"), None, 0
for e in range(60):
    net.train()
    opt.zero_grad()
    nn.functional.mse_loss(net(x[:60]), y[:60]).backward()
    opt.step()
    net.eval()
    with torch.no_grad():
        val = nn.functional.mse_loss(net(x[60:]), y[60:]).item()
    if val < best:
        best, state, bad = val, copy.deepcopy(net.state_dict()), 0
    else:
        bad += 1
        if bad == 5:
            break
net.load_state_dict(state)
