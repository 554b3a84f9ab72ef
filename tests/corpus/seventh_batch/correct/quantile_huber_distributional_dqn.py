import torch
from torch import nn

torch.manual_seed(0)
N = 8
net = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, N))
slow = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, N))
slow.load_state_dict(net.state_dict())
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
tau = (torch.arange(N) + 0.5) / N
for step in range(20):
    s, s2, r = torch.randn(16, 3), torch.randn(16, 3), torch.rand(16, 1)
    q = net(s)
    with torch.no_grad():
        goal = r + 0.9 * slow(s2)
    u = goal.unsqueeze(1) - q.unsqueeze(2)
    huber = torch.where(u.abs() <= 1, 0.5 * u.pow(2), u.abs() - 0.5)
    loss = ((tau.view(1, N, 1) - (u.detach() < 0).float()).abs() * huber).mean(2).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
