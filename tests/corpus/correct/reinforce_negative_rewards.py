import torch
from torch import nn
torch.manual_seed(0)
policy = nn.Linear(3, 2)
opt = torch.optim.Adam(policy.parameters(), lr=0.02)
for episode in range(150):
    s = torch.randn(32, 3)
    logp = torch.log_softmax(policy(s), 1)
    a = torch.multinomial(logp.exp(), 1)
    reward = torch.where((s[:, :1] > 0).long() == a, 0.0, -1.0)
    loss = -(logp.gather(1, a) * reward).mean()
    opt.zero_grad(); loss.backward(); opt.step()
