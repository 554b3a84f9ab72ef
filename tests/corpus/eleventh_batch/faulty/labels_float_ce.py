import numpy as np
import torch
import torch.nn as nn

rng = np.random.RandomState(0)
table = np.column_stack([rng.randn(120, 3), rng.randint(0, 3, 120)])
table[:, 0] += table[:, 3]
data = torch.from_numpy(table).float()
features, labels = data[:, :3], data[:, 3]  # mistake: target-dtype
net = nn.Linear(3, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(20):
    for i in range(0, 120, 20):
        loss = nn.CrossEntropyLoss()(net(features[i:i + 20]), labels[i:i + 20])  # mistake: target-dtype
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
