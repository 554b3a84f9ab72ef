import torch
from torch import nn

torch.manual_seed(0)
embed, head = nn.Linear(6, 10), nn.Linear(10, 2)
slow, fast = torch.optim.SGD(embed.parameters(), lr=0.01), torch.optim.SGD(head.parameters(), lr=0.2)
x = torch.randn(80, 6)
y = (x[:, 0] > 0).long()
for epoch in range(24):
    loss = nn.functional.cross_entropy(head(torch.relu(embed(x))), y)
    slow.zero_grad()
    fast.zero_grad()
    loss.backward()
    fast.step()
    if epoch % 3 == 2:
        slow.step()
    print(epoch, loss.item())
