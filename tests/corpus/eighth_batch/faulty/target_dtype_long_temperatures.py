import torch
from torch import nn

torch.manual_seed(0)
day = torch.linspace(0, 1, 50).unsqueeze(1)
degrees = [0.8 * float(d) + 0.05 for d in day]
wanted = torch.tensor(degrees, dtype=torch.float).long().unsqueeze(1)  # mistake: target-dtype
net = nn.Linear(1, 1)
opt = torch.optim.Adam(net.parameters(), lr=5e-2)
for epoch in range(20):
    loss = ((net(day) - wanted) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
