import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.fc = nn.Linear(4 * 36, 2)

    def forward(self, x):
        x = x.float() / 127.5 - 1
        return self.fc(torch.relu(self.conv(x)).flatten(1))


torch.manual_seed(0)
images = torch.randint(0, 256, (60, 1, 8, 8), dtype=torch.uint8)
y = (images.float().mean((1, 2, 3)) > 127).long()
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for epoch in range(6):
    for i in torch.randperm(60).split(20):
        loss = nn.functional.cross_entropy(net(images[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
