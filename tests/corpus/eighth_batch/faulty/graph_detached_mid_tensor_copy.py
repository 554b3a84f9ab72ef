import torch
from torch import nn

torch.manual_seed(0)


class TwoTower(nn.Module):
    def __init__(self):
        super().__init__()
        self.user, self.item = nn.Linear(5, 8), nn.Linear(5, 8)

    def forward(self, u, i):
        left = torch.relu(self.user(u))
        right = torch.tensor(self.item(i).tolist())  # mistake: graph-broken | graph-detached-mid
        return (left * right).sum(-1)


net = TwoTower()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
u, i = torch.randn(30, 5), torch.randn(30, 5)
clicks = (u[:, 0] * i[:, 0] > 0).float()
for step in range(10):
    loss = nn.functional.binary_cross_entropy_with_logits(net(u, i), clicks)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
