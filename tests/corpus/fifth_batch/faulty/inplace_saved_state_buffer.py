import torch
from torch import nn

torch.manual_seed(0)
step_size = nn.Parameter(torch.tensor(0.1))
state = torch.zeros(12)
force = torch.randn(12)
target = torch.randn(12)
optim = torch.optim.SGD([step_size], lr=0.01)
for epoch in range(4):
    trajectory = torch.zeros(6, 12)
    velocity = torch.ones(12)
    for t in range(6):
        damp = torch.sigmoid(step_size * velocity)
        trajectory[t] = damp * velocity + force
        velocity += 0.1  # mistake: inplace-saved
    loss = (trajectory[-1] - target).pow(2).mean()
    optim.zero_grad()
    loss.backward()
    optim.step()
