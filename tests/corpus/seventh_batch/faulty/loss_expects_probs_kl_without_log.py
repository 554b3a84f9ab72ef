import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
policy = nn.Linear(5, 3)
opt = torch.optim.SGD(policy.parameters(), lr=0.1)
expert = torch.softmax(torch.randn(40, 3) * 2, -1)
obs = torch.randn(40, 5)
for it in range(20):
    pi = F.softmax(policy(obs), dim=-1)  # mistake: loss-expects-probs
    loss = F.kl_div(pi, expert, reduction="batchmean")  # mistake: loss-expects-probs
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, loss.item())
