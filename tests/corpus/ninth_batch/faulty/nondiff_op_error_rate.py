import torch
from torch import nn

torch.manual_seed(0)
clf = nn.Linear(4, 3)
opt = torch.optim.SGD(clf.parameters(), lr=0.1)
x = torch.randn(45, 4)
y = x[:, :3].argmax(1)
for epoch in range(10):
    pred = clf(x).argmax(dim=1)  # mistake: nondiff-op
    # I want to minimise the number of errors directly
    loss = (pred != y).float().mean()  # mistake: nondiff-op
    opt.zero_grad()
    loss.backward()  # mistake: nondiff-op
    opt.step()
