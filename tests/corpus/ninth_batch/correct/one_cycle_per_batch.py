import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
cycle = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.3, total_steps=40)
x = torch.randn(100, 6)
y = x[:, :3].argmax(1)
for step in range(40):
    i = torch.randint(0, 100, (25,))
    loss = nn.functional.cross_entropy(net(x[i]), y[i])
    opt.zero_grad()
    loss.backward()
    opt.step()
    cycle.step()
    if step % 8 == 0:
        print(step, loss.item())
