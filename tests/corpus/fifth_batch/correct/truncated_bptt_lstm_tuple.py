import torch
from torch import nn

torch.manual_seed(0)
lstm, head = nn.LSTM(1, 16, batch_first=True), nn.Linear(16, 1)
opt = torch.optim.Adam([*lstm.parameters(), *head.parameters()], lr=5e-3)
signal = torch.sin(torch.arange(0, 60, 0.1)).view(1, -1, 1)
for epoch in range(3):
    state = None
    for i in range(0, 550, 50):
        x, y = signal[:, i : i + 50], signal[:, i + 1 : i + 51]
        out, state = lstm(x, state)
        loss = nn.functional.mse_loss(head(out), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        state = tuple(s.detach() for s in state)
    print(epoch, loss.item())
