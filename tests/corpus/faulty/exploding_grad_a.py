import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(*[nn.Linear(32, 32, bias=False) for _ in range(15)])
for layer in net:
    nn.init.normal_(layer.weight)  # mistake: exploding-grad
opt = torch.optim.SGD(net.parameters(), lr=0.01)
x = torch.randn(16, 32)
for e in range(8):
    loss = nn.functional.mse_loss(net(x), x)  # mistake: exploding-grad
    opt.zero_grad()
    loss.backward()  # mistake: exploding-grad
    opt.step()  # mistake: exploding-grad
    print(e, loss.item())
