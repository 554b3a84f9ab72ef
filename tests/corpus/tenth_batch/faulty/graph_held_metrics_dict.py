from collections import defaultdict

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
log = defaultdict(list)
x = torch.randn(256, 10)
y = (x[:, 0] * x[:, 1] > 0).long()


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, x):
        return self.net(x)


model = MLP()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(15):
    for i in torch.randperm(256).split(32):
        out = model(x[i])
        loss = F.cross_entropy(out, y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        log["loss"].append(loss)  # mistake: graph-held
        log["logits"].append(out)  # mistake: graph-held
    print(epoch, float(sum(log["loss"][-8:]) / 8))  # mistake: graph-held
