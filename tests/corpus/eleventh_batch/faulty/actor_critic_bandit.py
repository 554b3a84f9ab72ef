import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class Agent(nn.Module):
    def __init__(self, n_ctx, n_arms):
        super().__init__()
        self.pi = nn.Linear(n_ctx, n_arms)
        self.v = nn.Linear(n_ctx, 1)


n_ctx, n_arms = 4, 3
best = torch.randint(0, n_arms, (n_ctx,))
agent = Agent(n_ctx, n_arms)
pi_opt = torch.optim.SGD(agent.pi.parameters(), lr=0.5)
v_opt = torch.optim.SGD(agent.v.parameters(), lr=0.1)

v_hist = []
for episode in range(400):
    ctx = torch.randint(0, n_ctx, (32,))
    s = F.one_hot(ctx, n_ctx).float()
    dist = torch.distributions.Categorical(logits=agent.pi(s))
    a = dist.sample()
    r = (a == best[ctx]).float() + 0.1 * torch.randn(32)
    value = agent.v(s).squeeze(-1)
    adv = (r - value).detach()

    pi_opt.zero_grad()
    pi_loss = -(dist.log_prob(a) * adv).mean()
    pi_loss.backward()
    pi_opt.step()

    v_loss = F.mse_loss(value, r)
    v_loss.backward()  # mistake: grad-not-cleared
    v_opt.step()  # mistake: grad-not-cleared
    v_hist.append(v_loss.item())
    if episode % 80 == 79:
        print(episode, "reward", round(r.mean().item(), 3), "value loss", round(sum(v_hist[-20:]) / 20, 4))
