import torch
import torch.nn as nn

torch.manual_seed(0)
clicks_user = torch.randint(0, 30, (1500,))
clicks_item = torch.randint(0, 20, (1500,))
u_f, i_f = torch.randn(30, 3), torch.randn(20, 3)
clicked = ((u_f[clicks_user] * i_f[clicks_item]).sum(1) > 0).float()


class TwoTower(nn.Module):
    def __init__(self):
        super().__init__()
        self.u = nn.Embedding(30, 4)
        self.i = nn.Embedding(20, 4)
        self.mix = nn.Linear(4, 1)

    def forward(self, u, i):
        return torch.tanh(self.mix(self.u(u) * self.i(i))).squeeze(1)  # mistake: loss-expects-probs


rec = TwoTower()
bce = nn.BCELoss()  # mistake: loss-expects-probs
opt = torch.optim.Adam(rec.parameters(), lr=0.02)
for epoch in range(6):
    for b in torch.randperm(1500).split(150):
        opt.zero_grad()
        loss = bce(rec(clicks_user[b], clicks_item[b]), clicked[b])  # mistake: loss-expects-probs
        loss.backward()
        opt.step()
    print(epoch, loss.item())
