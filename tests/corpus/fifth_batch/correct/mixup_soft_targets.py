import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(160, 5)
y = nn.functional.one_hot(x[:, :3].argmax(1), 3).float()
net = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for epoch in range(8):
    for i in torch.randperm(160).split(40):
        j = i[torch.randperm(len(i))]
        lam = torch.distributions.Beta(0.4, 0.4).sample()
        xb, yb = lam * x[i] + (1 - lam) * x[j], lam * y[i] + (1 - lam) * y[j]
        loss = nn.functional.cross_entropy(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())
