import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(30, 6)
one_hot = nn.functional.one_hot(torch.randint(0, 3, (30,)), 3)  # mistake: target-dtype
for _ in range(3):
    loss = nn.BCEWithLogitsLoss()(model(x), one_hot)
    opt.zero_grad()
    loss.backward()  # mistake: target-dtype
    opt.step()
