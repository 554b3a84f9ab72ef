import torch
from torch import nn

torch.manual_seed(0)
field = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 2))
opt = torch.optim.Adam(field.parameters(), lr=0.01)
true = torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
for it in range(25):
    z = z0 = torch.randn(32, 2)
    target = z0 @ torch.matrix_exp(true.T * 0.5)
    for _ in range(10):
        z = z + 0.05 * field(z)
    loss = (z - target).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
