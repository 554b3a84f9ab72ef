import torch
from torch import nn

torch.manual_seed(0)
area = torch.rand(70, 1)
rent = [0.35 * float(a) + 0.1 * float(torch.rand(1)) for a in area]
model = nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
y = torch.tensor(rent).view(-1, 1).int()  # mistake: target-dtype
for epoch in range(20):
    loss = nn.functional.l1_loss(model(area), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
