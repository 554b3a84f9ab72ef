import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1), nn.Tanh())
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
x = torch.randn(40, 3)
y = (x[:, :1] > 0).float()
for _ in range(10):
    opt.zero_grad()
    loss = nn.functional.binary_cross_entropy(model(x), y)  # mistake: loss-expects-probs
    loss.backward()
    opt.step()
