import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.2)
x = torch.randn(110, 6)
y = (x[:, 0] > 0).long()
ACC = 4
for epoch in range(4):
    order = torch.randperm(110)
    chunks = order.split(10)
    for i, idx in enumerate(chunks):
        group = min(ACC, len(chunks) - (i // ACC) * ACC)
        loss = nn.functional.cross_entropy(model(x[idx]), y[idx])
        (loss / group).backward()
        if (i + 1) % ACC == 0 or i + 1 == len(chunks):
            opt.step()
            opt.zero_grad()
    print(epoch, loss.item())
