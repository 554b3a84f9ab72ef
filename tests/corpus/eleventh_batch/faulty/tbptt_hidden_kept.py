import torch
import torch.nn as nn

torch.manual_seed(0)
text = "hello world, the quick brown fox. " * 12
chars = sorted(set(text))
data = torch.tensor([chars.index(c) for c in text])


class CharLM(nn.Module):
    def __init__(self, v, h=24):
        super().__init__()
        self.emb = nn.Embedding(v, 12)
        self.rnn = nn.LSTM(12, h)
        self.out = nn.Linear(h, v)

    def forward(self, idx, state):
        o, state = self.rnn(self.emb(idx).unsqueeze(1), state)
        return self.out(o.squeeze(1)), state


def chunks(seq, n):
    for i in range(0, len(seq) - n - 1, n):
        yield seq[i:i + n], seq[i + 1:i + n + 1]


lm = CharLM(len(chars))
opt = torch.optim.Adam(lm.parameters(), lr=0.01)
for epoch in range(5):
    state = None
    for inp, tgt in chunks(data, 20):
        logits, state = lm(inp, state)  # mistake: backward-twice
        loss = nn.functional.cross_entropy(logits, tgt)
        opt.zero_grad()
        loss.backward()  # mistake: backward-twice
        opt.step()
    print(epoch, loss.item())
