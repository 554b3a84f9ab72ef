import torch
import torch.nn as nn

torch.manual_seed(0)
# metric learning with triplets; negatives and positives come from random draws
centres = torch.randn(4, 6) * 2
label = torch.arange(80) % 4
x = centres[label] + torch.randn(80, 6)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.005)


def dist(a, b):
    return (a - b).pow(2).sum(1).sqrt()  # mistake: sqrt-zero


def draw():
    anchor = torch.randint(0, 80, (32,))
    pos = torch.stack([torch.multinomial((label == label[a]).float(), 1)[0] for a in anchor])
    neg = torch.stack([torch.multinomial((label != label[a]).float(), 1)[0] for a in anchor])
    return anchor, pos, neg


for it in range(40):
    a, p, n = draw()
    za, zp, zn = net(x[a]), net(x[p]), net(x[n])
    loss = torch.relu(dist(za, zp) - dist(za, zn) + 0.5).mean()
    opt.zero_grad()
    loss.backward()  # mistake: sqrt-zero
    opt.step()
    print(it, loss.item())
