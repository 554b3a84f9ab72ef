import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
per, classes = 60, 5
means = torch.randn(classes, 8)
X = torch.cat([means[c] + 0.8 * torch.randn(per, 8) for c in range(classes)])
y = torch.arange(classes).repeat_interleave(per)
loader = DataLoader(TensorDataset(X, y), batch_size=20)  # mistake: data-not-shuffled
net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, classes))
opt = torch.optim.SGD(net.parameters(), lr=0.8)
for epoch in range(8):
    for xb, yb in loader:  # mistake: data-not-shuffled
        loss = nn.functional.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        acc = (net(X).argmax(1) == y).float().mean().item()
    print(f"epoch {epoch}: accuracy {acc:.3f}")
