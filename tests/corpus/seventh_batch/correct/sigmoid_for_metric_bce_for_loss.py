import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 1))
opt = torch.optim.RMSprop(net.parameters(), lr=5e-3)
x = torch.randn(100, 4)
y = (x[:, 0] * x[:, 1] > 0).float().unsqueeze(1)
for epoch in range(20):
    logits = net(x)
    probability = torch.sigmoid(logits)
    correct = (probability.round() == y).float().mean()
    loss = nn.functional.binary_cross_entropy_with_logits(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item(), correct.item())
