import torch
from torch import nn


class History:
    def __init__(self):
        self.records = []

    def log(self, **what):
        self.records.append(what)  # mistake: graph-held


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
history = History()
data = torch.randn(120, 8)
labels = torch.randint(0, 4, (120,))
for epoch in range(4):
    for x, y in zip(data.split(20), labels.split(20)):
        scores = model(x)
        loss = nn.functional.cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.log(epoch=epoch, loss=loss)  # mistake: graph-held
print(sum(r["loss"] for r in history.records).item() / len(history.records))
