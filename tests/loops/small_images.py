import torch
from torch import nn

torch.manual_seed(19)
imgs = 0.3 * torch.randn(40, 1, 12, 12)
labels = torch.randint(0, 2, (40,))
for i, l in enumerate(labels):
    j = int(torch.randint(0, 12, (1,)))
    if l == 0:
        imgs[i, 0, j, :] += 1.0
    else:
        imgs[i, 0, :, j] += 1.0
net = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2),
                    nn.Conv2d(6, 12, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(6):
    net.train()
    loss = nn.functional.cross_entropy(net(imgs), labels)
    opt.zero_grad()
    loss.backward()
    opt.step()
    net.eval()
    with torch.no_grad():
        accuracy = (net(imgs).argmax(1) == labels).float().mean()
    print(f"{epoch} {loss.item():.4f} {accuracy:.2f}")
