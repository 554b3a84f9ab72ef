import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 4))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(40, 6)
y = torch.randint(0, 4, (40,))
for epoch in range(10):
    predicted = model(x).argmax(dim=1).float()  # mistake: nondiff-op
    loss = (predicted - y).abs().mean()
    opt.zero_grad()
    loss.backward()  # mistake: nondiff-op
    opt.step()
