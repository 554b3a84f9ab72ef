# next-step prediction: input and target come from the same series, shifted by one
import torch
from torch import nn

torch.manual_seed(0)
t = torch.arange(300) * 0.1
s = torch.sin(t) + 0.4 * torch.sin(2.7 * t) + 0.05 * torch.randn(300)
windows = s.unfold(0, 16, 4)
inp, out = windows[:, :-1], windows[:, 1:]


class Conv(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv1d(1, 12, 4)
        self.c2 = nn.Conv1d(12, 1, 3)

    def forward(self, x):
        h = torch.tanh(self.c1(nn.functional.pad(x[:, None], (3, 0))))
        return self.c2(nn.functional.pad(h, (2, 0)))[:, 0]


net = Conv()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for it in range(150):
    loss = nn.functional.mse_loss(net(inp), out)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it, loss.item())
