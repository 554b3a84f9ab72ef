import torch
from torch import nn


class Runner:
    def __init__(self, net):
        self.net = net
        self.opt = torch.optim.Adam(net.parameters(), lr=1e-2)
        self.sched = torch.optim.lr_scheduler.CosineAnnealingLR(self.opt, T_max=60)

    def on_batch_start(self):
        self.sched.step()  # mistake: sched-before-step

    def run(self, loader):
        for x, y in loader:
            self.on_batch_start()
            loss = nn.functional.binary_cross_entropy_with_logits(self.net(x).squeeze(-1), y)
            self.opt.zero_grad(set_to_none=True)
            loss.backward()
            self.opt.step()
        return loss


def stream(n):
    for _ in range(n):
        x = torch.randn(24, 3)
        yield x, (x.sum(1) > 0).float()


torch.manual_seed(0)
print(Runner(nn.Linear(3, 1)).run(stream(40)).item())
