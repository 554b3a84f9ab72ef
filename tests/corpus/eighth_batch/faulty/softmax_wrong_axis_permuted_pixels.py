import torch
from torch import nn

torch.manual_seed(0)
net = nn.Conv2d(2, 3, 1)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(6, 2, 5, 5)
y = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()
for step in range(15):
    logp = torch.log_softmax(net(x), dim=-1)  # mistake: softmax-wrong-axis
    loss = nn.functional.nll_loss(logp, y)  # mistake: softmax-wrong-axis
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
