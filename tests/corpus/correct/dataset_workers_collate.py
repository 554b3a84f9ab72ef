import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Sequences(Dataset):
    def __init__(self, n):
        self.items = [torch.randint(1, 9, (int(k),)) for k in torch.randint(2, 7, (n,))]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i], len(self.items[i]) % 2


def collate(batch):
    seqs, labels = zip(*batch)
    return nn.utils.rnn.pad_sequence(seqs, batch_first=True), torch.tensor([len(s) for s in seqs]), torch.tensor(labels)


torch.manual_seed(0)
emb, rnn, out = nn.Embedding(9, 6, padding_idx=0), nn.GRU(6, 10, batch_first=True), nn.Linear(10, 2)
opt = torch.optim.Adam([*emb.parameters(), *rnn.parameters(), *out.parameters()], lr=0.01)
for epoch in range(3):
    for tokens, lengths, labels in DataLoader(Sequences(48), batch_size=12, shuffle=True, collate_fn=collate):
        packed = nn.utils.rnn.pack_padded_sequence(emb(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, h = rnn(packed)
        loss = nn.functional.cross_entropy(out(h[-1]), labels)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
