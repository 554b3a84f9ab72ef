import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
enc = nn.Linear(5, 12)
dec = nn.Linear(12, 4)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
x = torch.randn(64, 5)
y = x[:, :4].argmax(1)
for i in range(25):
    logp = F.log_softmax(dec(F.elu(enc(x))), dim=1)
    # log_softmax of a log_softmax is itself, so this is only a little slower than nll_loss
    loss = F.cross_entropy(logp, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
