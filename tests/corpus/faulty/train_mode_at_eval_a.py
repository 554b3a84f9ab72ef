import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(150, 5)
y = x.sum(1, keepdim=True)
net = nn.Sequential(nn.Linear(5, 30), nn.ReLU(), nn.Dropout(0.5), nn.Linear(30, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(15):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x[:100]), y[:100])
    loss.backward()
    opt.step()
    with torch.no_grad():
        test = nn.functional.mse_loss(net(x[100:]), y[100:])  # mistake: train-mode-at-eval
    print(epoch, loss.item(), test.item())
