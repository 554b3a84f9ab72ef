import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
W = nn.Parameter(torch.randn(3, 10) * 0.2)
b1, b2 = nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(10))
opt = torch.optim.Adam([W, b1, b2], lr=2e-2)
x = torch.rand(80, 3) @ torch.rand(3, 10) / 3
for epoch in range(15):
    for i in torch.randperm(80).split(20):
        code = torch.tanh(F.linear(x[i], W, b1))
        loss = F.binary_cross_entropy(torch.sigmoid(F.linear(code, W.T, b2)), x[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
