import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(256, 5)
dataset = TensorDataset(x, x.sum(1, keepdim=True))
loader = DataLoader(dataset, batch_size=32)
net = nn.Linear(5, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(30):
    inputs, targets = next(iter(loader))  # mistake: same-batch
    loss = nn.functional.mse_loss(net(inputs), targets)  # mistake: same-batch
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
