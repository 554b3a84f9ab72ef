import torch
from torch import nn

torch.manual_seed(0)
age = torch.rand(200) * 60 + 18
income = torch.rand(200) * 90000 + 10000
score = torch.rand(200)
x = torch.stack([age, income, score], dim=1)  # mistake: input-unscaled
y = (income / 100000 + score + age / 80 > 1.6).float()
model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(60):
    opt.zero_grad()
    logit = model(x).squeeze(1)  # mistake: input-unscaled
    loss = nn.functional.binary_cross_entropy_with_logits(logit, y)
    loss.backward()
    opt.step()
print(loss.item())
