import torch
from torch import nn


class BinaryLinear(nn.Linear):
    def forward(self, x):
        binary = self.weight.sign()
        w = self.weight + (binary - self.weight).detach()
        return nn.functional.linear(x, w, self.bias)


torch.manual_seed(0)
net = nn.Sequential(BinaryLinear(8, 32), nn.Hardtanh(), BinaryLinear(32, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(100, 8)
y = (x[:, 0] > 0).long()
for i in range(15):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    for p in net.parameters():
        p.data.clamp_(-1, 1)
    print(i, loss.item())
