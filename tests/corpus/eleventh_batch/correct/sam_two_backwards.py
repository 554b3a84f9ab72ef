import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(200, 6)
y = (X[:, 0] * X[:, 1] > 0).long()
net = nn.Sequential(nn.Linear(6, 48), nn.ReLU(), nn.Linear(48, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
ce = nn.CrossEntropyLoss()
rho = 0.05
for epoch in range(150):
    loss = ce(net(X), y)
    opt.zero_grad()
    loss.backward()
    with torch.no_grad():
        norm = torch.stack([p.grad.norm() for p in net.parameters()]).norm() + 1e-12
        moves = [rho * p.grad / norm for p in net.parameters()]
        for p, e in zip(net.parameters(), moves):
            p.add_(e)
    opt.zero_grad()
    ce(net(X), y).backward()
    with torch.no_grad():
        for p, e in zip(net.parameters(), moves):
            p.sub_(e)
    opt.step()
    if epoch % 30 == 0 or epoch == 149:
        print(epoch, loss.item())
