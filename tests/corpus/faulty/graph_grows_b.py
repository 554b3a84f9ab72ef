import torch
from torch import nn

torch.manual_seed(0)
model = nn.Linear(3, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.001)
regulariser = torch.zeros(())
for step in range(40):
    x = torch.randn(8, 3)
    loss = (model(x) - x.sum(1, keepdim=True)).abs().mean()
    regulariser = 0.9 * regulariser + 0.1 * loss  # mistake: graph-grows
    opt.zero_grad()
    (loss + regulariser).backward(retain_graph=True)  # mistake: graph-grows
    opt.step()
