import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(8, 1).half()  # mistake: half-precision
opt = torch.optim.Adam(model.parameters(), lr=2e-5)
x = torch.randn(32, 8).half()
y = x.sum(1, keepdim=True) * 1e-3
for epoch in range(8):
    opt.zero_grad()
    loss = (model(x) - y).pow(2).mean()
    loss.backward()
    opt.step()  # mistake: half-precision
    print(epoch, loss.item())
