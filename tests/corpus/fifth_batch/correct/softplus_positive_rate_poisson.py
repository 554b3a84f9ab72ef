import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(150, 3)
counts = torch.poisson((x[:, 0] + 1).exp())
net = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1), nn.Softplus())
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(30):
    loss = nn.functional.poisson_nll_loss(net(x).squeeze(1), counts, log_input=False)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
