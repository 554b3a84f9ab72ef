import torch
from torch import nn

torch.manual_seed(0)
N, T, S, D = 60, 10, 3, 5
trans = torch.tensor([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.3, 0.1, 0.6]])
tags = torch.zeros(N, T, dtype=torch.long)
for t in range(1, T):
    tags[:, t] = torch.multinomial(trans[tags[:, t - 1]], 1).squeeze(1)
means = torch.randn(S, D)
x = means[tags] + torch.randn(N, T, D)


class CRF(nn.Module):
    def __init__(self):
        super().__init__()
        self.emit = nn.Linear(D, S)
        self.A = nn.Parameter(torch.zeros(S, S))

    def forward(self, x, tags):
        e = self.emit(x)
        gold = e.gather(2, tags[..., None]).sum((1, 2)) + self.A[tags[:, :-1], tags[:, 1:]].sum(1)
        alpha = e[:, 0]
        for t in range(1, x.shape[1]):
            alpha = (alpha[:, :, None] + self.A).logsumexp(1) + e[:, t]
        return (alpha.logsumexp(1) - gold).mean()


crf = CRF()
opt = torch.optim.Adam(crf.parameters(), lr=0.05)
for it in range(60):
    nll = crf(x, tags)
    opt.zero_grad()
    nll.backward()
    opt.step()
    if it % 12 == 11:
        print(it, nll.item())
