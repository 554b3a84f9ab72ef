import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(120, 6), torch.randint(0, 2, (120,))
net = nn.Sequential(nn.Linear(6, 20), nn.BatchNorm1d(20), nn.ReLU(), nn.Dropout(0.3), nn.Linear(20, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)


def validate():
    net.eval()  # mistake: eval-mode-in-training
    with torch.no_grad():
        return nn.functional.cross_entropy(net(x[100:]), y[100:]).item()


net.train()
for epoch in range(12):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x[:100]), y[:100])  # mistake: eval-mode-in-training
    loss.backward()  # mistake: eval-mode-in-training
    opt.step()
    print(epoch, loss.item(), validate())
