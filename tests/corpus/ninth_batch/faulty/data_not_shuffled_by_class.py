import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
per_class = 100
centers = torch.tensor([[1.0, 0.0], [-1.0, 0.5], [0.0, -1.0]])
x = torch.cat([c + torch.randn(per_class, 2) for c in centers])
y = torch.arange(3).repeat_interleave(per_class)
train_loader = DataLoader(TensorDataset(x, y), batch_size=20)  # mistake: data-not-shuffled
model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
for epoch in range(4):
    for data, target in train_loader:  # mistake: data-not-shuffled
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(data), target)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(epoch, (model(x).argmax(1) == y).float().mean().item())
