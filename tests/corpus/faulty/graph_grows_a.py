import torch
from torch import nn

torch.manual_seed(0)
cell = nn.RNNCell(3, 6)
readout = nn.Linear(6, 1)
opt = torch.optim.SGD([*cell.parameters(), *readout.parameters()], lr=0.01)
h = torch.zeros(4, 6)
for t in range(20):
    x = torch.randn(4, 3)
    h = cell(x, h)  # mistake: graph-grows
    loss = (readout(h) - x.sum(1, keepdim=True)).pow(2).mean()
    opt.zero_grad()
    loss.backward(retain_graph=True)  # mistake: graph-grows | inplace-saved
    opt.step()  # mistake: inplace-saved
    print(t, loss.item())
