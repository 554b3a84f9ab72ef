import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
centres = torch.randn(4, 6) * 2
x = torch.cat([c + torch.randn(40, 6) for c in centres])
y = torch.arange(4).repeat_interleave(40)
loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=False)  # mistake: data-not-shuffled
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(6):
    for xb, yb in loader:  # mistake: data-not-shuffled
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)  # mistake: data-not-shuffled
        loss.backward()
        opt.step()
    print(epoch, loss.item())
