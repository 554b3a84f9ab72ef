import torch
from torch import nn


class Fitter:
    def __init__(self, net, epochs, per_epoch):
        self.net = net
        self.opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
        self.sched = torch.optim.lr_scheduler.OneCycleLR(self.opt, max_lr=0.02, total_steps=epochs * per_epoch + 1)

    def train_step(self, batch):
        x, y = batch
        loss = nn.functional.l1_loss(self.net(x), y)
        self.opt.zero_grad(set_to_none=True)
        loss.backward()
        self.sched.step()  # mistake: sched-before-step
        self.opt.step()  # mistake: sched-before-step
        return loss.item()


torch.manual_seed(0)
x = torch.rand(256, 2) * 2
y = torch.sqrt(x[:, :1] ** 2 + x[:, 1:] ** 2)
net = nn.Sequential(nn.Linear(2, 32), nn.SiLU(), nn.Linear(32, 1))
fitter = Fitter(net, epochs=10, per_epoch=8)
for e in range(10):
    chunk = torch.randperm(256).split(32)
    print(e, sum(fitter.train_step((x[c], y[c])) for c in chunk) / 8)
