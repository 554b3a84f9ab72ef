import torch
import torch.nn as nn

torch.manual_seed(0)
# sequences of different lengths, batched by length
N, V = 240, 8
lengths = torch.randint(4, 12, (N,))
seqs = [torch.randint(0, V, (int(n),)) for n in lengths]
labels = torch.tensor([int(s[0] > 3) for s in seqs])
by_length = torch.argsort(lengths)
sorted_seqs = [seqs[i] for i in by_length]  # mistake: shuffle-mismatch


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, 8)
        self.gru = nn.GRU(8, 16, batch_first=True)
        self.fc = nn.Linear(16, 2)

    def forward(self, padded, n):
        packed = nn.utils.rnn.pack_padded_sequence(self.emb(padded), n, batch_first=True)
        return self.fc(self.gru(packed)[1][0])


net = Tagger()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(14):
    total = 0.0
    for rows in torch.arange(N).split(24):
        chunk = [sorted_seqs[int(i)] for i in rows.flip(0)]
        n = torch.tensor([len(c) for c in chunk])
        out = net(nn.utils.rnn.pad_sequence(chunk, batch_first=True), n)
        loss = nn.functional.cross_entropy(out, labels[rows.flip(0)])  # mistake: shuffle-mismatch
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() / 10
    print(epoch, total)
