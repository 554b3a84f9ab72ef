import torch
from torch import nn

torch.manual_seed(0)
gate, expert = nn.Linear(5, 8), nn.Linear(8, 1)
body = nn.Linear(5, 8)
opt = torch.optim.Adam([*gate.parameters(), *expert.parameters(), *body.parameters()], lr=1e-2)
x = torch.randn(100, 5)
y = torch.relu(x[:, :1]) - x[:, 1:2]
for epoch in range(30):
    mask = (torch.sigmoid(gate(x)) > 0.5).float()  # mistake: nondiff-op | graph-detached-mid
    loss = (expert(mask * torch.tanh(body(x))) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
