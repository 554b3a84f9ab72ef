import torch
from torch import nn

torch.manual_seed(0)
W = nn.Parameter(torch.randn(4, 10) * 0.1)
b1, b2 = nn.Parameter(torch.zeros(4)), nn.Parameter(torch.zeros(10))
opt = torch.optim.Adam([W, b1, b2], lr=1e-2)
x = torch.rand(60, 10)
for e in range(30):
    code = torch.relu(nn.functional.linear(x, W, b1))
    rec = torch.sigmoid(nn.functional.linear(code, W.t(), b2))
    loss = nn.functional.mse_loss(rec, x)
    opt.zero_grad()
    loss.backward()
    opt.step()
