import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(100, 20) * 2
y = x @ torch.randn(20, 1)
model = nn.Linear(20, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.5)  # mistake: lr-too-large
for epoch in range(15):
    loss = nn.functional.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: lr-too-large
    print(epoch, loss.item())
