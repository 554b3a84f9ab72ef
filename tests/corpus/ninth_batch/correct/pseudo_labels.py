import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x_lab = torch.randn(20, 3)
y_lab = (x_lab[:, 0] > 0).long()
x_un = torch.randn(100, 3)
for step in range(40):
    loss = nn.functional.cross_entropy(net(x_lab), y_lab)
    if step >= 15:
        with torch.no_grad():
            conf, guess = net(x_un).softmax(1).max(1)
        sure = conf > 0.8
        if sure.any():
            loss = loss + 0.3 * nn.functional.cross_entropy(net(x_un[sure]), guess[sure])
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
