import torch
from torch import nn

torch.manual_seed(0)
body, head = nn.Linear(4, 16), nn.Linear(16, 2)
opt = torch.optim.SGD([{"params": body.parameters()}, {"params": head.parameters()}], lr=1e-7)  # mistake: lr-too-small
x = torch.randn(100, 4)
y = (x[:, 0] * x[:, 1] > 0).long()
for epoch in range(40):
    loss = nn.functional.cross_entropy(head(torch.relu(body(x))), y)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: lr-too-small
print(loss.item())
