# sanity check before the real training: can the network learn 8 samples by heart?
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
ds = TensorDataset(torch.randn(64, 10), torch.randint(0, 4, (64,)))
x, y = next(iter(DataLoader(ds, batch_size=8, shuffle=True)))
net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 4))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for i in range(40):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
assert loss.item() < 0.1, "not even one batch"
print("ok", loss.item())
