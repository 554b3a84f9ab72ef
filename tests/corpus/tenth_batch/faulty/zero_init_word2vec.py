# skip-gram with negative sampling
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
V, D = 24, 8
centre = torch.randint(0, V, (600,))
context = (centre // 4) * 4 + torch.randint(0, 4, (600,))


class SGNS(nn.Module):
    def __init__(self):
        super().__init__()
        self.v = nn.Embedding(V, D)
        self.u = nn.Embedding(V, D)
        nn.init.zeros_(self.v.weight)  # mistake: zero-init
        nn.init.zeros_(self.u.weight)  # mistake: zero-init

    def forward(self, c, pos, neg):
        vc = self.v(c)
        good = (vc * self.u(pos)).sum(1)
        bad = (self.u(neg) @ vc[:, :, None]).squeeze(2)
        return -(F.logsigmoid(good) + F.logsigmoid(-bad).sum(1)).mean()  # mistake: zero-init


model = SGNS()
opt = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(15):
    for b in torch.randperm(600).split(100):
        loss = model(centre[b], context[b], torch.randint(0, V, (len(b), 4)))
        opt.zero_grad()
        loss.backward()  # mistake: zero-init
        opt.step()
    if epoch % 3 == 2:
        print(epoch, loss.item())
