import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)
features = torch.from_numpy(rng.normal(size=(40, 3)).astype(np.float32))
labels = torch.from_numpy(rng.integers(0, 3, size=40).astype(np.float32))  # mistake: target-dtype
net = nn.Linear(3, 3)
optimizer = torch.optim.Adam(net.parameters())
criterion = nn.CrossEntropyLoss()
for epoch in range(3):
    optimizer.zero_grad()
    loss = criterion(net(features), labels)  # mistake: target-dtype
    loss.backward()
    optimizer.step()
