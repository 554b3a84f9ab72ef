import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
rng = np.random.default_rng(0)
features = rng.normal(size=(50, 4)).astype("float32")
labels = rng.integers(0, 3, size=50).astype("float32")  # mistake: target-dtype
X, y = torch.from_numpy(features), torch.from_numpy(labels)  # mistake: target-dtype
model = nn.Linear(4, 3)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
for epoch in range(3):
    opt.zero_grad()
    loss = criterion(model(X), y)  # mistake: target-dtype
    loss.backward()
    opt.step()
