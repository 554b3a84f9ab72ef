import torch
from torch import nn
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1))
swa_model = AveragedModel(model)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
swa_sched = SWALR(opt, swa_lr=0.02)
x = torch.randn(128, 4)
y = x[:, :1].abs()
batches = [(x[i : i + 32], y[i : i + 32]) for i in range(0, 128, 32)]
for epoch in range(12):
    for a, b in batches:
        opt.zero_grad()
        nn.functional.mse_loss(model(a), b).backward()
        opt.step()
    if epoch > 6:
        swa_model.update_parameters(model)
        swa_sched.step()
update_bn([a for a, _ in batches], swa_model)
