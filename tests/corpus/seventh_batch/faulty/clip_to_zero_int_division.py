import torch
from torch import nn

torch.manual_seed(0)
lstm = nn.LSTM(1, 10)
readout = nn.Linear(10, 1)
weights = [*lstm.parameters(), *readout.parameters()]
optimizer = torch.optim.Adam(weights, lr=0.01)
batch = 20
max_norm = 5 // batch
wave = torch.sin(torch.linspace(0, 12, 61)).view(-1, 1, 1)
for epoch in range(15):
    out, _ = lstm(wave[:-1])
    loss = ((readout(out) - wave[1:]) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(weights, max_norm)  # mistake: clip-to-zero
    optimizer.step()
    print(epoch, loss.item())
