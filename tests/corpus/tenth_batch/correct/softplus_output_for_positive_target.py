import torch
from torch import nn

torch.manual_seed(0)
# waiting times: positive output by softplus, gamma deviance as loss
x = torch.randn(300, 3)
mean = torch.exp(0.5 * x[:, 0] - 0.3 * x[:, 1] + 1)
t = mean * torch.distributions.Gamma(3.0, 3.0).sample((300,))
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1), nn.Softplus())
opt = torch.optim.Adam(net.parameters(), lr=0.01)


def deviance(mu, t):
    r = t / mu
    return 2 * (r - 1 - torch.log(r)).mean()


for it in range(150):
    mu = net(x).squeeze(1) + 1e-4
    loss = deviance(mu, t)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it, loss.item(), (mu - mean).abs().mean().item())
