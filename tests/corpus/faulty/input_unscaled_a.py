import torch
from torch import nn

torch.manual_seed(0)
size = torch.rand(60, 1) * 2000 + 500
rooms = torch.randint(1, 6, (60, 1)).float()
X = torch.cat([size, rooms], 1)  # mistake: input-unscaled
price = 0.1 * size + 10 * rooms
model = nn.Linear(2, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.01)
for e in range(20):
    loss = nn.functional.mse_loss(model(X), price)  # mistake: input-unscaled
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: input-unscaled
    print(e, loss.item())
