import itertools

import torch
from torch import nn

torch.manual_seed(0)
AB, BA, DA, DB = nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 1), nn.Linear(2, 1)
og = torch.optim.Adam(itertools.chain(AB.parameters(), BA.parameters()), 1e-3)
od = torch.optim.Adam(itertools.chain(DA.parameters(), DB.parameters()), 1e-3)


def set_requires_grad(nets, flag):
    for net in nets:
        for p in net.parameters():
            p.requires_grad = flag


mse = nn.MSELoss()
for i in range(12):
    a, b = torch.randn(16, 2), torch.randn(16, 2) + 2
    fake_b, fake_a = AB(a), BA(b)
    set_requires_grad([DA, DB], False)
    og.zero_grad()
    loss_g = mse(DB(fake_b), torch.ones(16, 1)) + mse(DA(fake_a), torch.ones(16, 1))
    loss_g = loss_g + 10 * (nn.functional.l1_loss(BA(fake_b), a) + nn.functional.l1_loss(AB(fake_a), b))
    loss_g.backward()
    og.step()
    set_requires_grad([DA, DB], True)
    od.zero_grad()
    for d, real, fake in ((DA, a, fake_a), (DB, b, fake_b)):
        loss_d = 0.5 * (mse(d(real), torch.ones(16, 1)) + mse(d(fake.detach()), torch.zeros(16, 1)))
        loss_d.backward()
    od.step()
