import torch
from torch import nn

torch.manual_seed(0)
codes = nn.Parameter(torch.randn(8, 3))
x = torch.randn(200, 3) * 2
opt = torch.optim.SGD([codes], lr=0.5)
for epoch in range(20):
    d = torch.cdist(x, codes)
    index = d.argmin(1)
    loss = (x - codes[index]).pow(2).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        unused = torch.bincount(index, minlength=8) == 0
        codes[unused] = x[torch.randint(0, 200, (int(unused.sum()),))]
print(loss.item())
