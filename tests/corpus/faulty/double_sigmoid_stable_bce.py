import torch
from torch import nn
torch.manual_seed(0)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Linear(3, 1)
    def forward(self, x):
        return self.f(x).sigmoid().squeeze(-1)  # mistake: double-sigmoid
net = Net(); opt = torch.optim.Adam(net.parameters(), lr=0.01)
X = torch.randn(50, 3); y = (X[:, 0] > 0).float()
def bce(logits, t):
    return (torch.clamp(logits, min=0) - logits * t + torch.log1p(torch.exp(-logits.abs()))).mean()
for i in range(30):
    opt.zero_grad()
    bce(net(X), y).backward()
    opt.step()
