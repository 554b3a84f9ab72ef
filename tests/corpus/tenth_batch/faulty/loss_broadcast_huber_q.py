# fitted Q-iteration on a chain of states
import torch
import torch.nn as nn

torch.manual_seed(0)
N = 200
s = torch.rand(N, 2)
a = torch.randint(0, 3, (N, 1))
r = -(s - 0.5).abs().sum(1, keepdim=True) + 0.2 * a.float()
s2 = (s + 0.1 * (a.float() - 1)).clamp(0, 1)
done = (torch.rand(N) < 0.2).float()

q = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 3))
q_old = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 3))
opt = torch.optim.Adam(q.parameters(), lr=5e-3)
for it in range(200):
    if it % 20 == 0:
        q_old.load_state_dict(q.state_dict())
    with torch.no_grad():
        target = r.squeeze(1) + 0.9 * (1 - done) * q_old(s2).max(1).values
    chosen = q(s).gather(1, a)  # mistake: loss-broadcast
    td = target - chosen  # mistake: loss-broadcast
    loss = torch.where(td.abs() < 1, 0.5 * td**2, td.abs() - 0.5).mean()  # mistake: loss-broadcast
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 40 == 39:
        with torch.no_grad():
            real = (q(s).gather(1, a).squeeze(1) - target).abs().mean().item()
        print(it, loss.item(), "bellman error", real)
