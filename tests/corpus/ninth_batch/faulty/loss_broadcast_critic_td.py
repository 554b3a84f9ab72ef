# actor-critic on a chain, the critic's loss is very flat
import torch
from torch import nn

torch.manual_seed(0)
critic = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(critic.parameters(), lr=5e-3)
gamma = 0.9
for it in range(40):
    state = torch.randn(32, 4)
    nxt = 0.8 * state + 0.1 * torch.randn(32, 4)
    reward = state[:, 0]
    with torch.no_grad():
        td_target = reward + gamma * critic(nxt).squeeze(1)
    value = critic(state)
    advantage = td_target - value  # mistake: loss-broadcast
    loss = advantage.pow(2).mean()  # mistake: loss-broadcast
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
