import torch
from torch import nn

torch.manual_seed(0)
nets = {"policy": nn.Linear(4, 2), "value": nn.Linear(4, 1)}
opts = {k: torch.optim.Adam(n.parameters(), lr=1e-2) for k, n in nets.items()}
for it in range(30):
    s = torch.randn(32, 4)
    d = torch.distributions.Categorical(logits=nets["policy"](s))
    a = d.sample()
    r = (a == (s[:, 0] > 0)).float()
    v = nets["value"](s).squeeze(1)
    losses = {"policy": -(d.log_prob(a) * (r - v.detach())).mean(), "value": (v - r).pow(2).mean()}
    opts["policy"].zero_grad()
    for k, l in losses.items():
        l.backward()  # mistake: grad-not-cleared
        opts[k].step()  # mistake: grad-not-cleared
