# large integers are ids for an embedding, not inputs of a linear layer
import torch
from torch import nn

torch.manual_seed(0)
users = torch.randint(0, 5000, (400,))
uniq, idx = users.unique(return_inverse=True)
hour = torch.randint(0, 24, (400,))
base = torch.randn(len(uniq))
y = base[idx] + torch.sin(hour * 6.283 / 24)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.user = nn.Embedding(5000, 4)
        self.hour = nn.Embedding(24, 4)
        self.out = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, u, h):
        return self.out(torch.cat([self.user(u), self.hour(h)], 1)).squeeze(1)


net = Model()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(15):
    for b in torch.randperm(400).split(50):
        loss = nn.functional.mse_loss(net(users[b], hour[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 3 == 2:
        print(epoch, loss.item())
