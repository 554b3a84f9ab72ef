import copy

import torch

torch.manual_seed(0)
base = torch.nn.Linear(3, 1)
opt = torch.optim.SGD(base.parameters(), lr=0.1)  # mistake: stale-optimizer
net = copy.deepcopy(base)  # mistake: stale-optimizer
x = torch.randn(30, 3)
y = x @ torch.tensor([[1.0], [2.0], [3.0]])
for i in range(15):
    loss = (net(x) - y).abs().mean()
    net.zero_grad()
    loss.backward()  # mistake: stale-optimizer | step-missing
    opt.step()  # mistake: stale-optimizer | step-missing
    print(i, loss.item())
