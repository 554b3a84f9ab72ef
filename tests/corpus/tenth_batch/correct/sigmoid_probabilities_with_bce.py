# soft decision tree of depth two: products of sigmoids are probabilities, so BCELoss is right
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(300, 4)
y = ((x[:, 0] > 0) ^ (x[:, 1] > 0)).float()


class SoftTree(nn.Module):
    def __init__(self):
        super().__init__()
        self.root = nn.Linear(4, 1)
        self.kids = nn.Linear(4, 2)
        self.leaves = nn.Parameter(torch.randn(4))

    def forward(self, x):
        g = torch.sigmoid(3 * self.root(x))
        c = torch.sigmoid(3 * self.kids(x))
        reach = torch.stack(
            [g[:, 0] * c[:, 0], g[:, 0] * (1 - c[:, 0]), (1 - g[:, 0]) * c[:, 1], (1 - g[:, 0]) * (1 - c[:, 1])], 1
        )
        return reach @ torch.sigmoid(self.leaves)


tree = SoftTree()
opt = torch.optim.Adam(tree.parameters(), lr=0.03)
bce = nn.BCELoss()
for it in range(150):
    p = tree(x)
    loss = bce(p, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it, loss.item(), ((p > 0.5).float() == y).float().mean().item())
