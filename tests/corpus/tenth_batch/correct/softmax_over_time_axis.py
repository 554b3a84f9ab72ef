# softmax over the time axis (attention pooling) and over the batch (a memory of prototypes), both meant
import torch
from torch import nn

torch.manual_seed(0)
B, T, D = 180, 12, 4
seq = torch.randn(B, T, D)
peak = seq[..., 0].argmax(1)
y = seq[torch.arange(B), peak, 1:2]


class Pool(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Sequential(nn.Linear(D, 16), nn.Tanh(), nn.Linear(16, 1))
        self.v = nn.Linear(D, 1)

    def forward(self, s):
        tbd = s.transpose(0, 1)
        w = torch.softmax(self.q(tbd), 0)
        return (w * self.v(tbd)).sum(0)


net = Pool()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for it in range(150):
    loss = nn.functional.mse_loss(net(seq), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it, loss.item())
