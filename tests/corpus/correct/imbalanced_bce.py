import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(300, 4)
y = (x[:, 0] > 1.8).float()
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.2)
loss_fn = nn.BCEWithLogitsLoss(pos_weight=(1 - y).sum() / y.sum())
for epoch in range(60):
    logits = net(x).flatten()
    loss = loss_fn(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        accuracy = ((torch.sigmoid(logits) > 0.5).float() == y).float().mean()
print(accuracy.item())
