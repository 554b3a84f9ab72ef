import torch
from torch import nn
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn

torch.manual_seed(0)
x = torch.randn(160, 6)
y = x[:, :2].argmax(1)
loader = list(zip(x.split(32), y.split(32)))
model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
average = AveragedModel(model)
swa_sched = SWALR(opt, swa_lr=0.05, anneal_epochs=2)
for epoch in range(10):
    for xb, yb in loader:
        opt.zero_grad()
        nn.functional.cross_entropy(model(xb), yb).backward()
        opt.step()
    if epoch >= 5:
        average.update_parameters(model)
        swa_sched.step()
update_bn([xb for xb, _ in loader], average)
average.eval()
with torch.no_grad():
    print((average(x).argmax(1) == y).float().mean().item())
