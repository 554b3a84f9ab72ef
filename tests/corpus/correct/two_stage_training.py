import torch
from torch import nn

torch.manual_seed(0)
enc, dec, clf = nn.Linear(8, 3), nn.Linear(3, 8), nn.Linear(3, 2)
x = torch.randn(120, 8)
y = (x[:, 0] > 0).long()
first = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=0.02)
for epoch in range(25):
    loss = nn.functional.mse_loss(dec(enc(x)), x)
    first.zero_grad()
    loss.backward()
    first.step()
enc.requires_grad_(False)
second = torch.optim.Adam(clf.parameters(), lr=0.02)
for epoch in range(25):
    loss = nn.functional.cross_entropy(clf(enc(x)), y)
    second.zero_grad()
    loss.backward()
    second.step()
