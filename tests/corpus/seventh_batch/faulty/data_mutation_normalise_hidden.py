import torch
from torch import nn

torch.manual_seed(0)
first, second = nn.Linear(4, 8), nn.Linear(8, 1)
optimizer = torch.optim.SGD([*first.parameters(), *second.parameters()], lr=0.05)
x = torch.randn(50, 4)
y = x.norm(dim=1, keepdim=True)
for step in range(15):
    hidden = torch.sigmoid(first(x))
    hidden.data /= hidden.data.norm(dim=1, keepdim=True)  # mistake: data-mutation
    loss = nn.functional.mse_loss(second(hidden), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(step, loss.item())
