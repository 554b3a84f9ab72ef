import torch
import torch.nn as nn

torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.a = nn.Linear(d, d)
        self.b = nn.Linear(d, d)

    def forward(self, x):
        h = torch.tanh(self.a(x))
        gate = torch.sigmoid(self.b(h))
        h += gate * x  # mistake: inplace-saved
        return h


net = nn.Sequential(Block(6), Block(6), nn.Linear(6, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
X = torch.randn(128, 6)
y = X.prod(1, keepdim=True).tanh()
for i in range(50):
    loss = nn.functional.mse_loss(net(X), y)
    opt.zero_grad()
    loss.backward()  # mistake: inplace-saved
    opt.step()
    if i % 10 == 0:
        print(i, loss.item())
