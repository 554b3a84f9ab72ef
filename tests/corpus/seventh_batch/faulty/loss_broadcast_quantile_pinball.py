import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
x = torch.rand(50, 2)
y = x[:, 0] + 0.3 * torch.randn(50) * x[:, 1]
tau = 0.9


def pinball(prediction, truth):
    error = truth - prediction  # mistake: loss-broadcast
    return torch.maximum(tau * error, (tau - 1) * error).mean()


for step in range(20):
    loss = pinball(model(x), y)  # mistake: loss-broadcast
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
