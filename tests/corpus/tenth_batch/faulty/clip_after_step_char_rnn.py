import torch
import torch.nn as nn

torch.manual_seed(0)
text = "the quick brown fox jumps over the lazy dog and the dog sleeps " * 6
chars = sorted(set(text))
ids = torch.tensor([chars.index(c) for c in text])
T = 24
starts = torch.arange(0, len(ids) - T - 1, T)


class CharRNN(nn.Module):
    def __init__(self, v, h):
        super().__init__()
        self.emb = nn.Embedding(v, h)
        self.rnn = nn.RNN(h, h, batch_first=True, nonlinearity="relu")
        self.fc = nn.Linear(h, v)

    def forward(self, t):
        out, _ = self.rnn(self.emb(t))
        return self.fc(out)


net = CharRNN(len(chars), 32)
optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
for epoch in range(25):
    losses = []
    for s in starts.split(4):
        batch = torch.stack([ids[i : i + T + 1] for i in s])
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        optimizer.step()  # mistake: clip-after-step
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)  # mistake: clip-after-step
        losses.append(loss.item())
    if epoch % 4 == 0:
        print(epoch, sum(losses) / len(losses))
