import torch
from torch import nn

torch.manual_seed(0)
series = torch.sin(torch.arange(0, 40, 0.2)).view(-1, 1, 1)
lstm, lin = nn.LSTM(1, 8), nn.Linear(8, 1)
opt = torch.optim.Adam([*lstm.parameters(), *lin.parameters()], lr=0.01)
for epoch in range(3):
    state = None
    for i in range(0, 180, 20):
        out, state = lstm(series[i : i + 20], state)
        state = tuple(s.detach() for s in state)
        loss = nn.functional.mse_loss(lin(out), series[i + 1 : i + 21])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
