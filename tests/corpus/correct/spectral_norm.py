import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

torch.manual_seed(0)
net = nn.Sequential(spectral_norm(nn.Linear(4, 16)), nn.ReLU(), weight_norm(nn.Linear(16, 1)))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randn(64, 4)
y = x[:, :1].cos()
for epoch in range(25):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
