import torch
from torch import nn

torch.manual_seed(0)
body, head = nn.Sequential(nn.Linear(6, 16), nn.ReLU()), nn.Linear(16, 2)
body.requires_grad_(False)
opt = torch.optim.Adam(head.parameters(), lr=1e-2)
x = torch.randn(100, 6)
y = (x[:, 0] * x[:, 1] > 0).long()
for epoch in range(20):
    if epoch == 10:
        body.requires_grad_(True)
        opt.add_param_group({"params": body.parameters(), "lr": 1e-3})
    for i in torch.randperm(100).split(50):
        loss = nn.functional.cross_entropy(head(body(x[i])), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())
