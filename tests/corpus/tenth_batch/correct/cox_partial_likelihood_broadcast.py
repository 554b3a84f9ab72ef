# Cox model: risk sets by a comparison of all pairs of times
import torch
from torch import nn

torch.manual_seed(0)
n = 150
x = torch.randn(n, 4)
risk = x[:, 0] - 0.7 * x[:, 1]
t = torch.distributions.Exponential(risk.exp()).sample()
c = torch.distributions.Exponential(torch.tensor(0.3)).sample((n,))
time, event = torch.minimum(t, c), (t <= c)
at_risk = time[None, :] >= time[:, None]
net = nn.Linear(4, 1, bias=False)
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for it in range(80):
    eta = net(x).squeeze(1)
    log_denominator = eta.expand(n, n).masked_fill(~at_risk, float("-inf")).logsumexp(1)
    loss = -(eta - log_denominator)[event].mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 16 == 15:
        print(it, loss.item(), net.weight.detach().flatten().tolist())
