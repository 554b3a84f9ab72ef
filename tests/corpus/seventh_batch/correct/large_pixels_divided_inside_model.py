import torch
from torch import nn


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3)
        self.fc = nn.Linear(6 * 36, 3)

    def forward(self, x):
        x = x.float() / 127.5 - 1
        return self.fc(torch.relu(self.conv(x)).flatten(1))


torch.manual_seed(0)
photos = torch.randint(0, 256, (40, 3, 8, 8), dtype=torch.uint8)
kind = photos.float().mean((2, 3)).argmax(1)
net = ConvNet()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for epoch in range(10):
    for i in torch.randperm(40).split(10):
        loss = nn.functional.cross_entropy(net(photos[i]), kind[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
