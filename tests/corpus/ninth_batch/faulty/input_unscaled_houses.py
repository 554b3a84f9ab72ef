import torch
from torch import nn

torch.manual_seed(0)
area = torch.rand(100, 1) * 3000 + 500  # square feet
rooms = torch.randint(1, 6, (100, 1)).float()
age = torch.rand(100, 1)
X = torch.cat([area, rooms, age], 1)  # mistake: input-unscaled
y = (area / 3000 + 0.1 * rooms - 0.3 * age)

reg = nn.Linear(3, 1)
opt = torch.optim.SGD(reg.parameters(), lr=0.01)
for epoch in range(15):
    pred = reg(X)  # mistake: input-unscaled
    loss = nn.functional.mse_loss(pred, y)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: input-unscaled
    print(epoch, loss.item())
