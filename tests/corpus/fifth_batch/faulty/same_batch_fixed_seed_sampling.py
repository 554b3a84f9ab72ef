import torch
from torch import nn

corpus = torch.arange(600).sin()
net = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)


def sample(size=24):
    torch.manual_seed(123)
    start = torch.randint(0, len(corpus) - 7, (size,))  # mistake: same-batch
    window = torch.stack([corpus[s : s + 7] for s in start])
    return window[:, :6], window[:, 6:]


for it in range(40):
    x, y = sample()  # mistake: same-batch
    loss = nn.functional.mse_loss(net(x), y)  # mistake: same-batch
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
