import torch
from torch import nn

torch.manual_seed(0)


class Deep(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.last = nn.Linear(width, 1)

    def forward(self, x):
        for layer in self.layers:
            x = torch.sigmoid(layer(x))  # mistake: vanishing-grad
        return self.last(x)


net = Deep(10, 12)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(80, 10)
y = x[:, :1] * x[:, 1:2]
for epoch in range(30):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 10 == 0:
        print(epoch, loss.item())
