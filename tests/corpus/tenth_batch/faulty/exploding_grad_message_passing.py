# message passing by the raw adjacency matrix, many rounds
import torch
from torch import nn

torch.manual_seed(0)
n = 50
A = (torch.rand(n, n) < 0.2).float()
A = ((A + A.T) > 0).float()
x = torch.randn(n, 4)
target = x.mean(1, keepdim=True) + (A / A.sum(1, keepdim=True)) @ x[:, :1]


class Propagate(nn.Module):
    def __init__(self, rounds=8):
        super().__init__()
        self.inp = nn.Linear(4, 16)
        self.rounds = nn.ModuleList(nn.Linear(16, 16, bias=False) for _ in range(rounds))
        self.out = nn.Linear(16, 1)

    def forward(self, x, A):
        h = self.inp(x)
        for lin in self.rounds:
            h = h + torch.relu(A @ lin(h))  # mistake: exploding-grad
        return self.out(h)  # mistake: exploding-grad


model = Propagate()
opt = torch.optim.SGD(model.parameters(), lr=1e-3)
for epoch in range(20):
    loss = nn.functional.mse_loss(model(x, A), target)  # mistake: exploding-grad
    opt.zero_grad()
    loss.backward()  # mistake: exploding-grad
    opt.step()
    print(epoch, loss.item())
