import torch
from torch import nn
from torch.func import functional_call, jvp

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
base = {k: v.detach() for k, v in net.named_parameters()}
delta = {k: torch.zeros_like(v, requires_grad=True) for k, v in base.items()}
opt = torch.optim.SGD(delta.values(), lr=0.05)
x = torch.randn(40, 2)
y = x[:, :1] * x[:, 1:]
for _ in range(20):
    f, df = jvp(lambda p: functional_call(net, p, (x,)), (base,), (delta,))
    loss = (f + df - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
