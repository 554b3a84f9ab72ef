import torch
from torch import nn

torch.manual_seed(0)
body = nn.Sequential(nn.Linear(5, 12), nn.ReLU())
head_a, head_b = nn.Linear(12, 1), nn.Linear(12, 3)
optimizer = torch.optim.Adam([*body.parameters(), *head_a.parameters(), *head_b.parameters()])
x = torch.randn(30, 5)
ya, yb = torch.randn(30, 1), torch.randint(0, 3, (30,))

for epoch in range(5):
    feats = body(x)  # mistake: backward-twice
    optimizer.zero_grad()
    loss_a = nn.functional.mse_loss(head_a(feats), ya)
    loss_a.backward()  # mistake: backward-twice
    loss_b = nn.functional.cross_entropy(head_b(feats), yb)
    loss_b.backward()  # mistake: backward-twice
    optimizer.step()
