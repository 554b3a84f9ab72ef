# causal filter bank: the output buffer is written in place, position by position
import torch
from torch import nn

torch.manual_seed(0)
sig = torch.randn(40, 30)
want = torch.zeros_like(sig)
for t in range(1, 30):
    want[:, t] = 0.6 * want[:, t - 1] + sig[:, t] - 0.3 * sig[:, t - 1]


class IIR(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(0.1))
        self.b = nn.Parameter(torch.tensor([0.5, 0.0]))

    def forward(self, s):
        out = torch.zeros(*s.shape)
        prev = s.new_zeros(len(s))
        for t in range(1, s.shape[1]):
            prev = self.a * prev + self.b[0] * s[:, t] + self.b[1] * s[:, t - 1]
            out[:, t] = prev
        return out


f = IIR()
opt = torch.optim.Adam(f.parameters(), lr=0.05)
for it in range(80):
    loss = nn.functional.mse_loss(f(sig), want)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 16 == 15:
        print(it, loss.item(), f.a.item(), f.b.tolist())
