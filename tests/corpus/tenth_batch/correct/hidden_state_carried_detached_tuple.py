import torch
from torch import nn

torch.manual_seed(0)
text = torch.tensor([ord(c) - 97 for c in "abcabdabcabe" * 40])
streams = text[: 4 * 119 + 1]


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(5, 8)
        self.lstm = nn.LSTM(8, 24, batch_first=True)
        self.o = nn.Linear(24, 5)

    def forward(self, t, state):
        h, state = self.lstm(self.e(t), state)
        return self.o(h), tuple(s.detach() for s in state)


lm = LM()
opt = torch.optim.Adam(lm.parameters(), lr=0.01)
for epoch in range(4):
    state, total, count = None, 0.0, 0
    for k in range(0, len(streams) - 18, 17):
        chunk = streams[k : k + 18][None]
        logits, state = lm(chunk[:, :-1], state)
        loss = nn.functional.cross_entropy(logits[0], chunk[0, 1:])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total, count = total + loss.item(), count + 1
    print(epoch, total / count)
