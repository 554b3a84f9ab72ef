import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
criterion = nn.TripletMarginLoss(margin=0.5)
prototypes = torch.randn(5, 8)
for step in range(40):
    c = torch.randint(0, 5, (24,))
    other = (c + torch.randint(1, 5, (24,))) % 5
    anchor, positive, negative = (prototypes[k] + 0.2 * torch.randn(24, 8) for k in (c, c, other))
    e = [nn.functional.normalize(net(v), dim=1) for v in (anchor, positive, negative)]
    loss = criterion(*e)
    opt.zero_grad()
    loss.backward()
    opt.step()
