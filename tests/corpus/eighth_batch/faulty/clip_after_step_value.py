import torch
from torch import nn

torch.manual_seed(0)
rnn, out = nn.LSTM(2, 10), nn.Linear(10, 1)
everything = [*rnn.parameters(), *out.parameters()]
opt = torch.optim.SGD(everything, lr=0.1)
x = torch.randn(7, 16, 2)
for step in range(10):
    opt.zero_grad()
    loss = (out(rnn(x)[0][-1]) - x.sum((0, 2)).unsqueeze(1)).pow(2).mean()
    loss.backward()
    opt.step()
    torch.nn.utils.clip_grad_value_(everything, 0.5)  # mistake: clip-after-step
    print(step, loss.item())
