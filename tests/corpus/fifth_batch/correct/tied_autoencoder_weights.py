import torch
from torch import nn

torch.manual_seed(0)
W = nn.Parameter(torch.randn(4, 16) * 0.2)
b1, b2 = nn.Parameter(torch.zeros(4)), nn.Parameter(torch.zeros(16))
opt = torch.optim.Adam([W, b1, b2], lr=1e-2)
data = torch.rand(100, 4) @ torch.rand(4, 16) / 4
for epoch in range(40):
    code = torch.sigmoid(data @ W.T + b1)
    rec = code @ W + b2
    loss = (rec - data).pow(2).mean() + 1e-3 * code.mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
