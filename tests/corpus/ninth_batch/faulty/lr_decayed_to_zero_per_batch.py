import torch
from torch import nn

torch.manual_seed(0)


def loader(x, y, batch_size):
    order = torch.randperm(len(x))
    for k in range(0, len(x), batch_size):
        yield x[order[k : k + batch_size]], y[order[k : k + batch_size]]


x = torch.randn(200, 8)
y = (x[:, 0] + x[:, 1] ** 2 > 1).long()
model = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
sched = torch.optim.lr_scheduler.StepLR(opt, step_size=3, gamma=0.1)  # mistake: lr-decayed-to-zero
for epoch in range(8):
    seen = 0.0
    for xb, yb in loader(x, y, 20):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
        opt.step()  # mistake: lr-decayed-to-zero
        sched.step()  # mistake: lr-decayed-to-zero
        seen += loss.item()
    print(epoch, seen / 10, opt.param_groups[0]["lr"])
