import torch
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 10)
        self.out = nn.Linear(10, 1)
        for p in self.parameters():
            p.data.fill_(0.1)  # mistake: zero-init

    def forward(self, x):
        return self.out(torch.tanh(self.hidden(x)))  # mistake: zero-init


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(100, 3)
y = (x[:, :1] * x[:, 1:2]).tanh()
for epoch in range(40):
    loss = (net(x) - y).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
