import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(50, 7)
y = x[:, :5].argmax(1)
lin = nn.Linear(7, 5)
opt = torch.optim.SGD(lin.parameters(), lr=0.3)
for e in range(25):
    logp = F.log_softmax(lin(x), dim=0)  # mistake: softmax-wrong-axis
    loss = F.nll_loss(logp, y)  # mistake: softmax-wrong-axis
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
