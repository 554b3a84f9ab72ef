import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(90, 6)
y = x[:, :3].argmax(1)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3), nn.Softmax(dim=-1))  # mistake: double-softmax
crit = nn.CrossEntropyLoss()
opt = torch.optim.Adam(net.parameters(), 0.01)
for e in range(30):
    opt.zero_grad()
    out = net(x)  # mistake: double-softmax
    loss = crit(out, y)  # mistake: double-softmax
    loss.backward()
    opt.step()
print(loss.item())
