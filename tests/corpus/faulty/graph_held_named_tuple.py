import torch
from collections import namedtuple
from torch import nn
torch.manual_seed(0)
Out = namedtuple("Out", "loss pred")
net = nn.Linear(4, 1); opt = torch.optim.SGD(net.parameters(), lr=0.05)
X = torch.randn(60, 4); y = X.sum(1, keepdim=True)
def evaluate():
    pred = net(X)
    return Out(loss=nn.functional.mse_loss(pred, y), pred=pred)
kept = []
for i in range(20):
    opt.zero_grad()
    out = evaluate()
    out.loss.backward()
    opt.step()
    kept.append(out.loss)  # mistake: graph-held
