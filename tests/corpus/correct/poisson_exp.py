import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(80, 3)
y = torch.poisson(torch.exp(0.5 * x[:, 0]))
w = torch.zeros(3, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for e in range(30):
    opt.zero_grad()
    loss = nn.functional.poisson_nll_loss(x @ w, y, log_input=True)
    loss.backward()
    opt.step()
