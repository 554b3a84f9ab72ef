import torch
from torch import nn

torch.manual_seed(0)


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 24), nn.Tanh())
        self.pi, self.v = nn.Linear(24, 2), nn.Linear(24, 1)

    def forward(self, s):
        h = self.body(s)
        return torch.distributions.Categorical(logits=self.pi(h)), self.v(h).squeeze(-1)


net = ActorCritic()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for episode in range(40):
    s = torch.randn(40, 4)
    dist, value = net(s)
    a = dist.sample()
    ret = torch.where(a == (s[:, 0] > 0), 1.0, 0.0)
    adv = (ret - value).detach()
    loss = -(dist.log_prob(a) * adv).mean() + 0.5 * (ret - value).pow(2).mean() - 0.01 * dist.entropy().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(ret.mean().item())
