import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 5)
y = (x[:, 0] * x[:, 1] > 0).long()
net = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
best, patience = np.inf, 3
log = []
epoch = 0
while patience and epoch < 20:
    net.train()
    for i in np.array_split(np.random.default_rng(epoch).permutation(90), 3):
        i = torch.from_numpy(i)
        out = net(x[i])
        loss = nn.functional.cross_entropy(out, y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        log.append(float(np.mean(out.detach().numpy().argmax(1) == y[i].numpy())))
    net.eval()
    with torch.no_grad():
        val = nn.functional.cross_entropy(net(x[90:]), y[90:]).numpy()
    if val < best:
        best, patience = val, 3
    else:
        patience -= 1
    epoch += 1
print(epoch, best, log[-1])
