import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
loader = DataLoader(TensorDataset(torch.randn(256, 8), torch.randint(0, 2, (256,))), batch_size=32)
net = nn.Linear(8, 2)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for step in range(40):
    x, y = next(iter(loader))  # mistake: same-batch
    loss = nn.functional.cross_entropy(net(x), y)  # mistake: same-batch
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
