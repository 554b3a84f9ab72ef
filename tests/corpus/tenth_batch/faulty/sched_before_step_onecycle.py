import torch
import torch.nn as nn
from sklearn.datasets import load_wine

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(y)

net = nn.Sequential(nn.Linear(13, 16), nn.Tanh(), nn.Linear(16, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
sched = torch.optim.lr_scheduler.MultiStepLR(opt, milestones=[1, 3], gamma=0.1)


def batches(size):
    order = torch.randperm(len(X))
    yield from order.split(size)


for epoch in range(5):
    sched.step()  # mistake: sched-before-step
    for i in batches(30):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(X[i]), y[i])
        loss.backward()
        opt.step()  # mistake: sched-before-step
    with torch.no_grad():
        whole = nn.functional.cross_entropy(net(X), y)
    print(epoch, "lr", opt.param_groups[0]["lr"], "loss", whole.item())
