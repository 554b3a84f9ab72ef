import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
X = torch.randn(60, 4); y = X[:, :1] * 3
def validate(m):
    m.train(mode=False)  # mistake: eval-mode-in-training
    with torch.no_grad():
        return nn.functional.mse_loss(m(X[40:]), y[40:]).item()
net.train()
for ep in range(12):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(X[:40]), y[:40])
    loss.backward(); opt.step()
    if ep == 2:
        validate(net)  # mistake: eval-mode-in-training
