import torch
from torch import nn

torch.manual_seed(0)
rnn = nn.RNN(2, 12, batch_first=True)
out = nn.Linear(12, 1)
norms = []
for p in rnn.parameters():
    p.register_hook(lambda g: g.clamp(-0.5, 0.5))
rnn.weight_hh_l0.register_hook(lambda g: norms.append(g.norm().item()))
opt = torch.optim.SGD([*rnn.parameters(), *out.parameters()], lr=0.1)
x = torch.rand(32, 15, 2)
y = (x[..., 0] * (x[..., 1] > 0.8)).sum(1, keepdim=True)
for step in range(15):
    h, _ = rnn(x)
    loss = (out(h[:, -1]) - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(norms[0], norms[-1], loss.item())
