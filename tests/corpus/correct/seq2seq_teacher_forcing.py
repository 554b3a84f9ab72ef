import torch
from torch import nn

torch.manual_seed(0)
V, H, SOS = 8, 16, 0


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, H)
        self.gru = nn.GRU(H, H, batch_first=True)

    def forward(self, x):
        return self.gru(self.embedding(x))[1]


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, H)
        self.gru = nn.GRU(H, H, batch_first=True)
        self.out = nn.Linear(H, V)

    def forward(self, hidden, target=None, length=5):
        token = torch.full((hidden.shape[1], 1), SOS)
        logits = []
        for i in range(length):
            output, hidden = self.gru(torch.relu(self.embedding(token)), hidden)
            step = self.out(output)
            logits.append(step)
            token = target[:, i : i + 1] if target is not None else step.argmax(-1).detach()
        return nn.functional.log_softmax(torch.cat(logits, 1), dim=-1)


enc, dec = Encoder(), Decoder()
enc_opt = torch.optim.Adam(enc.parameters(), lr=0.01)
dec_opt = torch.optim.Adam(dec.parameters(), lr=0.01)
criterion = nn.NLLLoss()
for step in range(30):
    source = torch.randint(1, V, (16, 5))
    target = source.flip(1)
    enc_opt.zero_grad()
    dec_opt.zero_grad()
    out = dec(enc(source), target if step % 2 else None)
    loss = criterion(out.view(-1, V), target.reshape(-1))
    loss.backward()
    enc_opt.step()
    dec_opt.step()
