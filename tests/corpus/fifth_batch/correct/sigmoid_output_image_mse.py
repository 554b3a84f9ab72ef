import torch
from torch import nn

torch.manual_seed(0)
images = torch.rand(64, 1, 8, 8).round()
net = nn.Sequential(
    nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.ConvTranspose2d(6, 1, 2, stride=2), nn.Sigmoid(),
)  # fmt: skip
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(8):
    for batch in images[torch.randperm(64)].split(16):
        loss = nn.functional.mse_loss(net(batch), batch)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
