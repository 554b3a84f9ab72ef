import torch
from torch import nn

torch.manual_seed(0)


class Attend(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.q, self.k, self.v = (nn.Conv1d(c, c, 1) for _ in range(3))
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        a = torch.bmm(self.q(x).transpose(1, 2), self.k(x)).softmax(-1)
        return x + self.gamma * torch.bmm(self.v(x), a.transpose(1, 2))


net = nn.Sequential(nn.Conv1d(2, 8, 1), Attend(8), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, 2))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(40, 2, 9)
y = (x[:, 0].mean(1) > x[:, 1].mean(1)).long()
for step in range(20):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
