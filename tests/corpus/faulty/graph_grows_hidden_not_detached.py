import torch
from torch import nn

torch.manual_seed(0)
lstm, out = nn.LSTM(1, 8, batch_first=True), nn.Linear(8, 1)
opt = torch.optim.SGD([*out.parameters()], lr=0.01)  # mistake: param-not-in-optimizer
series = torch.sin(torch.arange(240) * 0.3).view(1, -1, 1)
hidden = (torch.zeros(1, 1, 8), torch.zeros(1, 1, 8))
for t in range(0, 220, 10):
    y, hidden = lstm(series[:, t : t + 10], hidden)  # mistake: graph-grows
    loss = nn.functional.mse_loss(out(y), series[:, t + 1 : t + 11])
    opt.zero_grad()
    loss.backward(retain_graph=True)  # mistake: graph-grows
    opt.step()
