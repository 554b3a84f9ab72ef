import torch
from torch import nn

torch.manual_seed(0)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(2, 4)
        self.decoder = nn.Linear(4, 1)

    def forward(self, x):
        h = torch.tanh(self.encoder(x))
        h = h.detach()
        return self.decoder(h)

net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
x = torch.rand(64, 2) * 4 - 2
y = torch.sin(2 * x[:, :1]) * x[:, 1:]
for epoch in range(20):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
    if epoch % 5 == 0:
        print(epoch, loss.item())
