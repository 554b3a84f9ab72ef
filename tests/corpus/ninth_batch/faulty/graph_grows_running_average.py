# adaptive weighting by an exponential moving average of the loss
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.randn(40, 3)
y = x.prod(1, keepdim=True)
ema = torch.tensor(0.0)
for it in range(25):
    loss = (net(x) - y).pow(2).mean()
    ema = 0.9 * ema + 0.1 * loss  # mistake: graph-grows
    opt.zero_grad()
    (loss + ema).backward(retain_graph=True)  # mistake: graph-grows
    opt.step()
    if it % 5 == 0:
        print(it, loss.item(), ema.item())
