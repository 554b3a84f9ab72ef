import torch
from torch import nn

torch.manual_seed(0)
body, head = nn.Sequential(nn.Linear(8, 16), nn.ReLU()), nn.Linear(16, 2)
body.requires_grad_(False)
opt = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.1)
x = torch.randn(100, 8)
y = (x[:, 0] + x[:, 1] > 0).long()
for epoch in range(20):
    if epoch == 10:
        for p in body.parameters():
            p.requires_grad = True
        opt.param_groups[0]["lr"] = 0.05
    opt.zero_grad()
    loss = nn.functional.cross_entropy(head(body(x)), y)
    loss.backward()
    opt.step()
print(loss.item())
