import torch
from torch import nn

torch.manual_seed(0)


class Pool(nn.Module):
    def __init__(self):
        super().__init__()
        self.score, self.head = nn.Linear(6, 1), nn.Linear(6, 3)

    def forward(self, bag):
        weight = torch.softmax(self.score(bag), dim=1)
        return self.head((weight * bag).sum(1))


net = Pool()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
bags = torch.randn(60, 7, 6)
y = bags.max(1).values[:, :3].argmax(1)
for step in range(20):
    loss = nn.functional.cross_entropy(net(bags), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
