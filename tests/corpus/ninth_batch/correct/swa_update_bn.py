import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, update_bn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 2))
swa = AveragedModel(net)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(80, 4)
y = (x[:, 0] > 0).long()
batches = list(zip(x.split(20), y.split(20)))
for epoch in range(6):
    for xb, yb in batches:
        loss = nn.functional.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch >= 2:
        swa.update_parameters(net)
update_bn(batches, swa)
swa.eval()
with torch.no_grad():
    print((swa(x).argmax(1) == y).float().mean().item())
