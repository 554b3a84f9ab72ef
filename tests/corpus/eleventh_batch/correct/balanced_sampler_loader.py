import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

torch.manual_seed(0)
X = torch.cat([torch.randn(380, 3), torch.randn(20, 3) + torch.tensor([2.0, 2.0, 0.0])])
y = torch.cat([torch.zeros(380), torch.ones(20)]).long()
w = torch.where(y == 1, 380 / 20, 1.0)
loader = DataLoader(TensorDataset(X, y), batch_size=40, sampler=WeightedRandomSampler(w.tolist(), 400))
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(15):
    for xb, yb in loader:
        loss = nn.functional.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        hit = net(X).argmax(1) == y
    if epoch % 3 == 2:
        print(epoch + 1, "recall of the rare class", hit[y == 1].float().mean().item(), "of the other", hit[y == 0].float().mean().item())
