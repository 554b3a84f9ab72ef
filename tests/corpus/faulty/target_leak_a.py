import torch
from torch import nn

torch.manual_seed(0)
table = torch.randn(120, 6)
table[:, 5] = table[:, 0] * 2 + torch.randn(120)
features = table  # mistake: target-leak
price = table[:, 5:]  # mistake: target-leak
model = nn.Linear(6, 1)
opt = torch.optim.Adam(model.parameters(), lr=0.05)
for e in range(40):
    loss = nn.functional.mse_loss(model(features), price)  # mistake: target-leak
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
