import torch
from torch import nn


class Lookahead:
    def __init__(self, opt, k=5, alpha=0.5):
        self.opt, self.k, self.alpha, self.count = opt, k, alpha, 0
        self.slow = [[p.detach().clone() for p in g["params"]] for g in opt.param_groups]

    def zero_grad(self):
        self.opt.zero_grad()

    @torch.no_grad()
    def step(self):
        self.opt.step()
        self.count += 1
        if self.count % self.k == 0:
            for group, slow in zip(self.opt.param_groups, self.slow):
                for p, s in zip(group["params"], slow):
                    s.add_(p - s, alpha=self.alpha)
                    p.copy_(s)


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
opt = Lookahead(torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9))
for it in range(60):
    x = torch.randn(40, 4)
    loss = (net(x) - x.sum(1, keepdim=True).tanh()).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
