import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
# point at the largest element of a list


class Pointer(nn.Module):
    def __init__(self, d=16):
        super().__init__()
        self.key = nn.Sequential(nn.Linear(1, d), nn.Tanh(), nn.Linear(d, d))
        self.query = nn.Linear(1, d)

    def forward(self, x):
        k = self.key(x.unsqueeze(-1))
        q = self.query(x.mean(1, keepdim=True))
        att = F.softmax((k @ q.unsqueeze(-1)).squeeze(-1) / 4, dim=1)  # mistake: double-softmax
        return att


net = Pointer()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for it in range(250):
    x = torch.rand(64, 8)
    target = x.argmax(1)
    att = net(x)
    loss = F.cross_entropy(att, target)  # mistake: double-softmax
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 50 == 49:
        print(it + 1, loss.item(), (att.argmax(1) == target).float().mean().item())
