import torch
from torch import nn

torch.manual_seed(0)
rnn = nn.RNN(3, 10, batch_first=True)
out = nn.Linear(10, 1)
for p in [*rnn.parameters(), *out.parameters()]:
    p.register_hook(lambda g: g.clamp(-0.1, 0.1))
opt = torch.optim.SGD([*rnn.parameters(), *out.parameters()], lr=0.1)
x = torch.randn(40, 12, 3)
y = x.sum((1, 2))[:, None] / 6
for step in range(20):
    loss = nn.functional.mse_loss(out(rnn(x)[0][:, -1]), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
