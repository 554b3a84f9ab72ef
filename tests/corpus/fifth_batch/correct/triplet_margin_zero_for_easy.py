import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
loss_fn = nn.TripletMarginLoss(margin=0.5)
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
centres = torch.randn(4, 6) * 2
for step in range(40):
    c = torch.randint(0, 4, (48,))
    other = (c + torch.randint(1, 4, (48,))) % 4
    a, p, n = (centres[k] + 0.5 * torch.randn(48, 6) for k in (c, c, other))
    loss = loss_fn(net(a), net(p), net(n))
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
