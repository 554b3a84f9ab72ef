import torch
from torch import nn

torch.manual_seed(0)
score = nn.Linear(4, 1)
opt = torch.optim.SGD(score.parameters(), lr=0.1)
x = torch.randn(30, 4)
y = x[:, 0]
for epoch in range(6):
    predictions = torch.tensor([score(row).item() for row in x], requires_grad=True)  # mistake: graph-broken
    loss = ((predictions - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
