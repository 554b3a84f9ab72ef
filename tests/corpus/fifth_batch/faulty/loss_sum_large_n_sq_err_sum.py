import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(2000, 4)
y = x @ torch.tensor([[1.0], [0.5], [-0.5], [2.0]])
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(20):
    loss = ((model(x) - y) ** 2).sum()  # mistake: loss-sum-large-n
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
