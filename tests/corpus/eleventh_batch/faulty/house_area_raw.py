import torch
import torch.nn as nn

torch.manual_seed(0)
area = torch.rand(200) * 2500 + 500
rooms = torch.randint(1, 6, (200,)).float()
age = torch.rand(200) * 80
X = torch.stack([area, rooms, age], 1)  # mistake: input-unscaled
price = 0.15 * area / 100 + 2.0 * rooms - 0.02 * age + torch.randn(200) * 0.2

model = nn.Linear(3, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(200):
    loss = nn.functional.mse_loss(model(X).squeeze(1), price)  # mistake: input-unscaled
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 40 == 0:
        print(epoch, loss.item())
