"""Quantisation aware training, 4 bit weights."""
import torch
from torch import nn
import torch.nn.functional as F


class QuantLinear(nn.Linear):
    def forward(self, x):
        scale = self.weight.detach().abs().max() / 7
        q = torch.round(self.weight / scale) * scale  # mistake: nondiff-op
        return F.linear(x, q, self.bias)


torch.manual_seed(0)
net = nn.Sequential(QuantLinear(6, 16), nn.ReLU(), QuantLinear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(120, 6)
y = (x[:, 0] - x[:, 3] > 0).long()
for ep in range(15):
    opt.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    opt.step()
    print(ep, loss.item())
