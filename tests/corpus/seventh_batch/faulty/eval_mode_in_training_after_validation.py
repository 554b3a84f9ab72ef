import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Dropout(0.4), nn.Linear(32, 2))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
xt, yt = torch.randn(90, 5), torch.randint(0, 2, (90,))
xv, yv = torch.randn(30, 5), torch.randint(0, 2, (30,))


def validate():
    net.eval()  # mistake: eval-mode-in-training
    with torch.no_grad():
        return (net(xv).argmax(1) == yv).float().mean().item()


net.train()
for epoch in range(8):
    for xb, yb in zip(xt.split(30), yt.split(30)):
        loss = nn.functional.cross_entropy(net(xb), yb)  # mistake: eval-mode-in-training
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, validate())
