import torch
from torch import nn

torch.manual_seed(0)
# stage 1: pretrain on coarse labels, stage 2: train only a new head
X = torch.randn(400, 8)
coarse = (X[:, 0] * X[:, 1] > 0).long()
fine = coarse * 2 + (X[:, 2] > 0).long()
body = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())
model = nn.Sequential(body, nn.Linear(32, 2))


def fit(net, target, params, steps):
    opt = torch.optim.Adam(params, lr=0.01)
    for k in range(steps):
        loss = nn.functional.cross_entropy(net(X), target)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if k % 50 == 0 or k == steps - 1:
            print(k, loss.item())


fit(model, coarse, model.parameters(), 150)
for p in body.parameters():
    p.requires_grad = False
model = nn.Sequential(body, nn.Linear(32, 4))
fit(model, fine, model[1].parameters(), 200)
