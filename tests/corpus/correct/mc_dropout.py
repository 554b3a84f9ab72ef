import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 4)
y = x.sum(1, keepdim=True)
net = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for e in range(25):
    net.train()
    opt.zero_grad()
    nn.functional.mse_loss(net(x), y).backward()
    opt.step()
net.train()  # dropout stays on: the spread of the samples is the uncertainty
with torch.no_grad():
    samples = torch.stack([net(x[:5]) for _ in range(10)])
print(samples.std(0).squeeze())
