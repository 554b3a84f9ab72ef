import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Houses(Dataset):
    def __init__(self):
        self.x = torch.randn(64, 5)
        self.price = self.x @ torch.tensor([1.0, -2.0, 0.5, 0.0, 3.0])

    def __len__(self):
        return 64

    def __getitem__(self, i):
        return self.x[i], self.price[i]


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(6):
    for x, price in DataLoader(Houses(), batch_size=16, shuffle=True):
        residual = model(x) - price  # mistake: loss-broadcast
        loss = residual.abs().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
