import torch
from torch import nn

torch.manual_seed(0)


class Transfer(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(8, 16), nn.ReLU())
        self.head = nn.Linear(16, 3)


net = Transfer()
for p in net.parameters():
    p.requires_grad = False  # mistake: param-frozen
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for i in range(5):
    x, y = torch.randn(20, 8), torch.randint(0, 3, (20,))
    loss = nn.functional.cross_entropy(net.head(net.backbone(x)), y)
    opt.zero_grad()
    loss.backward()  # mistake: param-frozen
    opt.step()
