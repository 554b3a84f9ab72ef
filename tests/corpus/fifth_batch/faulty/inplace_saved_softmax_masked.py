import torch
from torch import nn

torch.manual_seed(0)
projection = nn.Linear(6, 6)
opt = torch.optim.SGD(projection.parameters(), lr=0.1)
x = torch.randn(4, 5, 6)
mask = torch.ones(5, 5).tril()
for _ in range(5):
    scores = projection(x) @ x.transpose(1, 2)
    attention = torch.softmax(scores, dim=-1)
    attention *= mask  # mistake: inplace-saved
    loss = (attention @ x - x).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
