import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 12), nn.Tanh(), nn.Linear(12, 2))
with torch.no_grad():
    for parameter in model.parameters():
        parameter.fill_(0.1)  # mistake: zero-init
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(80, 5)
y = (x[:, 0] * x[:, 1] > 0).long()
for epoch in range(40):
    loss = nn.functional.cross_entropy(model(x), y)  # mistake: zero-init
    opt.zero_grad()
    loss.backward()  # mistake: zero-init
    opt.step()
print(loss.item())
