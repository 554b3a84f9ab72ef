import torch
import torch.nn as nn

torch.manual_seed(0)


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.fc = None

    def forward(self, img):
        h = torch.relu(self.conv(img)).flatten(1)
        self.fc = nn.Linear(h.shape[1], 1)  # mistake: param-reinit | param-not-in-optimizer | stale-optimizer
        return self.fc(h)


imgs = torch.rand(80, 1, 8, 8)
bright = torch.randint(0, 2, (80, 1)).float()
imgs[:, :, 2:5, 2:5] += bright[:, :, None, None]
net = ConvNet()
net(imgs[:1])
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for it in range(60):
    loss = nn.functional.binary_cross_entropy_with_logits(net(imgs), bright)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: param-reinit | param-not-in-optimizer | stale-optimizer
    if it % 10 == 0:
        print(it, loss.item())
