import torch
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale
from torch import nn

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X = torch.tensor(scale(X), dtype=torch.float32)
y = torch.tensor(scale(y), dtype=torch.float32).unsqueeze(1)
net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.02)
sched = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, factor=0.3, patience=2)
tr, va = torch.arange(350), torch.arange(350, 442)
for epoch in range(25):
    for b in tr[torch.randperm(350)].split(50):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(X[b]), y[b])
        loss.backward()
        opt.step()
    with torch.no_grad():
        val = nn.functional.mse_loss(net(X[va]), y[va])
    sched.step(val)
    if epoch % 4 == 0:
        print(epoch, loss.item(), val.item(), opt.param_groups[0]["lr"])
