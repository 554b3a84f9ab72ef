import torch
import torch.nn.functional as F
from torch import nn


class Binary(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.l1, self.l2 = nn.Linear(d, 10), nn.Linear(10, 1)

    def forward(self, x):
        return torch.sigmoid(self.l2(F.relu(self.l1(x)))).squeeze(1)  # mistake: double-sigmoid


torch.manual_seed(0)
x = torch.randn(100, 4)
y = (x[:, 0] * x[:, 1] > 0).float()
m = Binary(4)
opt = torch.optim.Adam(m.parameters(), lr=0.01)
for e in range(30):
    loss = F.binary_cross_entropy_with_logits(m(x), y)  # mistake: double-sigmoid
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(e, loss.item())
