import argparse
import torch
import torch.nn as nn

ap = argparse.ArgumentParser()
ap.add_argument("--hidden", type=int, default=24)
ap.add_argument("--lr", type=float, default=0.01)
ap.add_argument("--clip", type=float, default=0.25)
args = ap.parse_args([])

torch.manual_seed(0)
series = torch.sin(torch.arange(0, 60, 0.25)) + 0.05 * torch.randn(240)
win = series.unfold(0, 21, 1)
x, y = win[:, :20].unsqueeze(-1), win[:, 20:]

lstm = nn.LSTM(1, args.hidden, batch_first=True)
head = nn.Linear(args.hidden, 1)
params = [*lstm.parameters(), *head.parameters()]
optimizer = torch.optim.Adam(params, lr=args.lr)
max_norm = int(args.clip)  # mistake: clip-to-zero

for epoch in range(40):
    out, _ = lstm(x)
    loss = (head(out[:, -1]) - y).square().mean()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(params, max_norm)  # mistake: clip-to-zero
    optimizer.step()
    if epoch % 8 == 0:
        print(epoch, loss.item())
