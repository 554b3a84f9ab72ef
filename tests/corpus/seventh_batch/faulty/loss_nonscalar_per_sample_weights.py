import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(3, 4)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss(reduction="none")
x, y = torch.randn(20, 3), torch.randint(0, 4, (20,))
importance = torch.rand(20)
for epoch in range(4):
    optimizer.zero_grad()
    loss = criterion(net(x), y) * importance  # mistake: loss-nonscalar
    loss.backward()  # mistake: loss-nonscalar
    optimizer.step()
