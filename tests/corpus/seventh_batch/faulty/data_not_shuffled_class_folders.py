import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)


class Folders(Dataset):
    def __init__(self):
        means = torch.randn(4, 8)
        self.items = [(means[c] + torch.randn(8) * 0.7, c) for c in range(4) for _ in range(32)]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


loader = DataLoader(Folders(), batch_size=16)  # mistake: data-not-shuffled
net = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 4))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for epoch in range(6):
    for sample, label in loader:  # mistake: data-not-shuffled
        loss = nn.functional.cross_entropy(net(sample), label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
