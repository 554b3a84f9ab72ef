import torch
from torch import nn

torch.manual_seed(0)
rnn = nn.RNN(2, 16, batch_first=True)
readout = nn.Linear(16, 1)
parameters = [*rnn.parameters(), *readout.parameters()]
opt = torch.optim.SGD(parameters, lr=2.5, momentum=0.9)  # mistake: lr-too-large
series = torch.randn(64, 8, 2)
label = series[:, :, 0].mean(1, keepdim=True)
for epoch in range(40):
    out, _ = rnn(series)
    loss = nn.functional.mse_loss(readout(out[:, -1]), label)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: lr-too-large
    print(epoch, loss.item())
