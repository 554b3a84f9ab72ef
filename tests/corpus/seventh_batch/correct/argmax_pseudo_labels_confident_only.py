import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(30, 4)
y = x[:, :3].argmax(1)
more = torch.randn(90, 4)
for epoch in range(20):
    weak, strong = net(more), net(more + 0.1 * torch.randn_like(more))
    p, guessed = weak.detach().softmax(1).max(1)
    sure = (p > 0.6).float()
    loss = nn.functional.cross_entropy(net(x), y)
    loss = loss + (nn.functional.cross_entropy(strong, guessed, reduction="none") * sure).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item(), int(sure.sum()))
