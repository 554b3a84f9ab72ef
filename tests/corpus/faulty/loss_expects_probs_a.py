import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(60, 5)
y = torch.randint(0, 4, (60,))
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
criterion = nn.NLLLoss()  # mistake: loss-expects-probs
for e in range(25):
    opt.zero_grad()
    loss = criterion(net(x), y)  # mistake: loss-expects-probs
    loss.backward()
    opt.step()
    print(e, loss.item())
