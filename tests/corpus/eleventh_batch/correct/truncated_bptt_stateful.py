import torch
import torch.nn as nn

torch.manual_seed(0)
text = "abcabdabeabf" * 30
chars = sorted(set(text))
ids = torch.tensor([chars.index(c) for c in text])
streams = ids.view(6, -1)
rnn = nn.GRU(len(chars), 24, batch_first=True)
out = nn.Linear(24, len(chars))
opt = torch.optim.Adam([*rnn.parameters(), *out.parameters()], lr=0.01)
for epoch in range(15):
    h, total, n = None, 0.0, 0
    for i in range(0, streams.shape[1] - 1, 15):
        chunk = streams[:, i:i + 16]
        x = nn.functional.one_hot(chunk[:, :-1], len(chars)).float()
        o, h = rnn(x, h)
        loss = nn.functional.cross_entropy(out(o).flatten(0, 1), chunk[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        h = h.detach()
        total, n = total + loss.item(), n + 1
    if epoch % 3 == 2:
        print(epoch + 1, total / n)
