import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(40, 3) * 60
y = torch.randint(0, 4, (40,))
net = nn.Linear(3, 4)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for e in range(10):
    probs = torch.softmax(net(x) * 5, 1)
    loss = -torch.log(probs[range(40), y]).mean()  # mistake: log-zero
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(e, loss.item())
