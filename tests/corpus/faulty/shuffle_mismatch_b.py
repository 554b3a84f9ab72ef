import torch
from torch import nn

torch.manual_seed(0)
images = torch.randn(100, 5)
labels = (images[:, 0] > 0).long()
net = nn.Linear(5, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(10):
    images_e = images[torch.randperm(100)]  # mistake: shuffle-mismatch
    labels_e = labels[torch.randperm(100)]  # mistake: shuffle-mismatch
    for i in range(0, 100, 25):
        loss = nn.functional.cross_entropy(net(images_e[i : i + 25]), labels_e[i : i + 25])  # mistake: shuffle-mismatch
        opt.zero_grad()
        loss.backward()
        opt.step()
