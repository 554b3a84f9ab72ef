import torch
from torch import nn

torch.manual_seed(0)
gate = nn.Linear(4, 3)
opt = torch.optim.SGD(gate.parameters(), lr=0.5)
x = torch.randn(32, 4) * 60
for step in range(4):
    p = torch.softmax(gate(x), 1)
    entropy = -(p * torch.log(p)).sum(1).mean()  # mistake: log-zero
    loss = p[:, 0].mean() - 0.1 * entropy
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
