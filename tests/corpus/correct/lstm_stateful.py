"""The state goes from batch to batch, cut from the graph each time."""
import torch
from torch import nn

torch.manual_seed(0)
series = torch.sin(torch.arange(400.0) * 0.2).view(1, -1, 1)
lstm, out = nn.LSTM(1, 16, batch_first=True), nn.Linear(16, 1)
opt = torch.optim.Adam([*lstm.parameters(), *out.parameters()], lr=0.01)


def repackage_hidden(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage_hidden(v) for v in h)


for epoch in range(2):
    hidden = (torch.zeros(1, 1, 16), torch.zeros(1, 1, 16))
    for start in range(0, 380, 20):
        chunk, target = series[:, start : start + 20], series[:, start + 1 : start + 21]
        hidden = repackage_hidden(hidden)
        opt.zero_grad()
        states, hidden = lstm(chunk, hidden)
        loss = nn.functional.mse_loss(out(states), target)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(lstm.parameters(), 0.25)
        opt.step()
    print(epoch, loss.item())
