import torch
from torch import nn

torch.manual_seed(0)
lin1, lin2 = nn.Linear(4, 8), nn.Linear(8, 1)
opt = torch.optim.SGD([*lin1.parameters(), *lin2.parameters()], lr=0.05)
x = torch.randn(30, 4)
y = x[:, :1] * 2
for epoch in range(30):
    hidden = torch.tanh(lin1(x))
    hidden.data.clamp_(min=0)  # mistake: data-mutation
    loss = nn.functional.mse_loss(lin2(hidden), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
