import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
probabilities, hits, outputs, certain, norms = [], [], [], [], []
for step in range(20):
    x = torch.randn(16, 4)
    y = x[:, :3].argmax(1)
    out = net(x)
    loss = nn.functional.cross_entropy(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    probability = out.detach().softmax(1)
    probabilities.append(probability)
    hit = (out.argmax(1) == y).float().mean()
    hits.append(hit)
    outputs.append(out.data)
    certain.append((out.softmax(1) > 0.5).float().mean())
    norms.append(net.weight.detach().norm())
    with torch.no_grad():
        sharp = out.softmax(1).max()
    norms.append(sharp)
