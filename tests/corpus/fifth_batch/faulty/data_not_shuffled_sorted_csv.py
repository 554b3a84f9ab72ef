import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
centres = torch.tensor([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]])
x = torch.cat([c + torch.randn(60, 2) for c in centres])
y = torch.arange(3).repeat_interleave(60)
loader = DataLoader(TensorDataset(x, y), batch_size=20)  # mistake: data-not-shuffled
net = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(8):
    for xb, yb in loader:  # mistake: data-not-shuffled
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)  # mistake: data-not-shuffled
        loss.backward()
        opt.step()
    print(epoch, loss.item())
