import torch
from torch import nn

torch.manual_seed(0)
year = torch.randint(1950, 2020, (200, 1)).float()
salary = torch.rand(200, 1) * 90000
rating = torch.rand(200, 1)
x = torch.cat([year, salary, rating], 1)  # mistake: input-unscaled
y = (rating > 0.5).float()
clf = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.SGD(clf.parameters(), lr=0.05)
for epoch in range(30):
    loss = nn.functional.binary_cross_entropy_with_logits(clf(x), y)  # mistake: input-unscaled
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
