import torch
import torch.nn as nn

torch.manual_seed(0)


class Adder(nn.Module):
    def __init__(self, h=32):
        super().__init__()
        self.rnn = nn.GRU(2, h, batch_first=True)
        self.fc = nn.Linear(h, 1)

    def forward(self, x):
        return self.fc(self.rnn(x)[0][:, -1])


def batch(n, T=12):
    v = torch.rand(n, T)
    m = torch.zeros(n, T)
    for i in range(n):
        m[i, torch.randperm(T)[:2]] = 1
    return torch.stack([v, m], 2), (v * m).sum(1, keepdim=True)


net = Adder()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for it in range(250):
    x, y = batch(48)
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), max_norm=0.1)
    opt.step()
    if it % 50 == 0 or it == 249:
        print(it, loss.item())
