import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(60, 4)
time = torch.exp(-x[:, 0] + 0.3 * torch.randn(60))
event = (torch.rand(60) < 0.7).float()
order = time.argsort(descending=True)
x, event = x[order], event[order]
risk = nn.Linear(4, 1, bias=False)
opt = torch.optim.SGD(risk.parameters(), lr=0.2)
for epoch in range(25):
    h = risk(x).squeeze(1)
    loss = -((h - torch.logcumsumexp(h, 0)) * event).sum() / event.sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
