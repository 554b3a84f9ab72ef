import io

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(100, 4)
y = x.norm(dim=1, keepdim=True)


def train(net, opt, epochs):
    for _ in range(epochs):
        loss = nn.functional.mse_loss(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()


net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
train(net, opt, 20)
file = io.BytesIO()
torch.save({"net": net.state_dict(), "opt": opt.state_dict()}, file)
file.seek(0)
saved = torch.load(file)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
net.load_state_dict(saved["net"])
opt.load_state_dict(saved["opt"])
print(train(net, opt, 20))
