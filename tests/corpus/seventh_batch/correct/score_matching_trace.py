import torch
from torch import nn

torch.manual_seed(0)
score = nn.Sequential(nn.Linear(2, 24), nn.Softplus(), nn.Linear(24, 2))
opt = torch.optim.Adam(score.parameters(), lr=2e-3)
data = torch.randn(100, 2) @ torch.tensor([[1.0, 0.5], [0.0, 0.7]])
for step in range(25):
    x = data.clone().requires_grad_(True)
    s = score(x)
    trace = 0.0
    for i in range(2):
        trace = trace + torch.autograd.grad(s[:, i].sum(), x, create_graph=True)[0][:, i]
    loss = (trace + 0.5 * s.pow(2).sum(1)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
