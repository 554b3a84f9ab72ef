import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
labelled, y = torch.randn(30, 4), torch.randint(0, 2, (30,))
unlabelled = torch.randn(60, 4)
for step in range(20):
    opt.zero_grad()
    supervised = nn.functional.cross_entropy(net(labelled), y)
    supervised.backward()
    p = net(unlabelled).softmax(1)
    entropy = -(p * (p + 1e-8).log()).sum(1).mean()
    (0.1 * entropy).backward()
    opt.step()
    print(step, supervised.item(), entropy.item())
