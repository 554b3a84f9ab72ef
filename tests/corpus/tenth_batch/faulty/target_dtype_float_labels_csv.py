import io

import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
rng = np.random.default_rng(0)
table = io.StringIO()
for _ in range(120):
    k = rng.integers(0, 3)
    v = rng.normal(k, 0.4, 3)
    table.write(",".join(f"{q:.3f}" for q in v) + f",{k}\n")
table.seek(0)
raw = np.loadtxt(table, delimiter=",", dtype=np.float32)
X = torch.from_numpy(raw[:, :3])
y = torch.from_numpy(raw[:, 3])  # mistake: target-dtype


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        return self.fc(x)


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
criterion = nn.CrossEntropyLoss()
for epoch in range(20):
    optimizer.zero_grad()
    outputs = net(X)
    loss = criterion(outputs, y)  # mistake: target-dtype
    loss.backward()
    optimizer.step()
    print(epoch, loss.item())
