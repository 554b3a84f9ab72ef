import torch
from torch import nn

torch.manual_seed(0)
prototypes = torch.randn(30, 6)
classes = torch.randint(0, 4, (30,))
net = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(30):
    ids = torch.multinomial(torch.ones(30), 10)
    noisy = prototypes[ids] + 0.2 * torch.randn(10, 6)
    loss = nn.functional.cross_entropy(net(noisy), classes[ids])
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
