import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(240, 5)
y = x[:, :3].argmax(1)
net = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
epochs, batches = 6, 8
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.3, total_steps=epochs * batches)
for epoch in range(epochs):
    for i in torch.randperm(240).split(30):
        loss = nn.functional.cross_entropy(net(x[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
    print(epoch, loss.item())
