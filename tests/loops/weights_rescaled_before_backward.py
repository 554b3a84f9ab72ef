import torch
from torch import nn

torch.manual_seed(6)
x = torch.randn(100, 5)
y = x @ torch.randn(5, 2)
f1, f2 = nn.Linear(5, 8), nn.Linear(8, 2)
opt = torch.optim.SGD([*f1.parameters(), *f2.parameters()], lr=0.1)
for epoch in range(20):
    loss = nn.functional.mse_loss(f2(torch.relu(f1(x))), y)
    opt.zero_grad()
    f2.weight.data.div_(f2.weight.data.norm(dim=1, keepdim=True) * 0.2)
    loss.backward()
    opt.step()
    if epoch % 5 == 0:
        print(epoch, loss.item())
