import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
opt = torch.optim.Adam(model.parameters(), lr=1.0)  # mistake: lr-too-large
x = torch.randn(128, 10)
y = x[:, :3].argmax(1)
for epoch in range(40):
    loss = nn.functional.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: lr-too-large
    print(epoch, loss.item())
