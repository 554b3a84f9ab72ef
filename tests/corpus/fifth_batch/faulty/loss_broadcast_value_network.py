import torch
from torch import nn

torch.manual_seed(0)
critic = nn.Sequential(nn.Linear(4, 24), nn.Tanh(), nn.Linear(24, 1))
opt = torch.optim.Adam(critic.parameters(), lr=3e-3)
for episode in range(25):
    states = torch.randn(50, 4)
    rewards = states[:, 0] + 0.1 * torch.randn(50)
    values = critic(states)
    advantage = rewards - values  # mistake: loss-broadcast
    loss = advantage.pow(2).mean()  # mistake: loss-broadcast
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
