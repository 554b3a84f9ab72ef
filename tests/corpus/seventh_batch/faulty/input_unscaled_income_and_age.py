import torch
from torch import nn

torch.manual_seed(0)
age = torch.randint(18, 80, (100, 1)).float()
income = torch.randint(15000, 120000, (100, 1)).float()
X = torch.cat([age, income], 1)  # mistake: input-unscaled
y = ((income > 60000) & (age > 40)).float()
model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(40):
    out = model(X)  # mistake: input-unscaled
    loss = nn.functional.binary_cross_entropy_with_logits(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 10 == 0:
        print(epoch, loss.item())
