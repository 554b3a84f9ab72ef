import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

torch.manual_seed(0)
sequences = [torch.randint(1, 9, (n,)) for n in torch.randint(3, 9, (40,)).tolist()]
padded = pad_sequence(sequences, batch_first=True)
model = nn.Sequential(nn.Embedding(9, 16, padding_idx=0), nn.Linear(16, 9))
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(12):
    for batch in padded.split(10):
        logits = model(batch[:, :-1])
        target = batch[:, 1:]
        per_token = nn.functional.cross_entropy(logits.transpose(1, 2), target, reduction="none")
        mask = (target != 0).float()
        loss = (per_token * mask).sum() / mask.sum()
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())
