import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(3, 1, bias=False)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.cat([torch.rand(20, 3), torch.zeros(5, 3)])
with torch.no_grad():
    net.weight.copy_(torch.tensor([[0.5, 0.3, 0.2]]))
present = x.sum(1) > 0
for step in range(4):
    size = net(x).squeeze(1)
    gain = torch.log(size).masked_fill(~present, 0.0)  # mistake: where-nan
    loss = (gain + 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
