import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 6)
y = (x[:, 0] + x[:, 1] ** 2 > 0.5).float()
net = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(10):
    for i in torch.randperm(200).split(50):
        each = nn.functional.binary_cross_entropy_with_logits(net(x[i]).squeeze(1), y[i], reduction="none")
        loss = each.topk(25).values.mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())
