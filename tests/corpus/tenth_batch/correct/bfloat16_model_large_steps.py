import torch
from torch import nn

torch.manual_seed(0)
# a small net wholly in bfloat16 with steps well above its resolution
x = torch.randn(256, 8)
y = (x[:, 0] - x[:, 1] > 0).long()
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2)).to(torch.bfloat16)
opt = torch.optim.SGD(net.parameters(), lr=0.5)


def accuracy():
    with torch.no_grad():
        return (net(x.bfloat16()).argmax(1) == y).float().mean().item()


for epoch in range(8):
    for b in torch.randperm(256).split(64):
        out = net(x[b].bfloat16()).float()
        loss = nn.functional.cross_entropy(out, y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), accuracy())
