import torch
from torch import nn

torch.manual_seed(0)


class MoE(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate = nn.Linear(4, 3)
        self.experts = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))
        self.out = nn.Linear(4, 1)

    def forward(self, x):
        p = self.gate(x).softmax(-1)
        top, chosen = p.max(-1)
        y = torch.zeros_like(x)
        for number, expert in enumerate(self.experts):
            rows = (chosen == number).nonzero().flatten()
            if len(rows):
                y = y.index_add(0, rows, top[rows, None] * expert(x[rows]))
        balance = 3 * (p.mean(0) * torch.bincount(chosen, minlength=3) / len(x)).sum()
        return self.out(torch.tanh(y)), balance


net = MoE()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(90, 4)
y = torch.where(x[:, :1] > 0, x[:, 1:2], -x[:, 2:3])
for step in range(25):
    guess, balance = net(x)
    loss = nn.functional.mse_loss(guess, y) + 0.01 * balance
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
