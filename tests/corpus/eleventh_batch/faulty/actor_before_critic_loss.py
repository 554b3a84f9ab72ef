import torch
import torch.nn as nn

torch.manual_seed(0)
actor = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
critic = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
a_opt = torch.optim.SGD(actor.parameters(), lr=0.01)
c_opt = torch.optim.SGD(critic.parameters(), lr=0.05)

for it in range(100):
    s = torch.randn(64, 3)
    act = s.sum(1, keepdim=True) + 0.5 * torch.randn(64, 1)
    reward = -(act - s[:, :1]) ** 2
    q = critic(torch.cat([s, act], 1))
    critic_loss = (q - reward).pow(2).mean()
    actor_loss = -critic(torch.cat([s, actor(s)], 1)).mean()  # mistake: inplace-saved

    c_opt.zero_grad()
    critic_loss.backward()
    c_opt.step()  # mistake: inplace-saved

    a_opt.zero_grad()
    actor_loss.backward()  # mistake: inplace-saved
    a_opt.step()
    if it % 20 == 0:
        print(it, critic_loss.item(), actor_loss.item())
