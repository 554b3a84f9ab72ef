import torch
from torch import nn

torch.manual_seed(3)
model = nn.Sequential(nn.Linear(5, 20), nn.Tanh(), nn.Linear(20, 1))
optim = torch.optim.RMSprop(model.parameters(), lr=5.0)  # mistake: lr-too-large
x = torch.randn(64, 5)
y = (x[:, :1] * x[:, 1:2]).tanh()
for epoch in range(40):
    optim.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optim.step()  # mistake: lr-too-large
    if epoch % 8 == 0:
        print(epoch, loss.item())
