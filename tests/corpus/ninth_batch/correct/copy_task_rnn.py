import torch
from torch import nn

torch.manual_seed(0)
V = 6
emb, rnn, out = nn.Embedding(V, 8), nn.GRU(8, 16, batch_first=True), nn.Linear(16, V)
opt = torch.optim.Adam([*emb.parameters(), *rnn.parameters(), *out.parameters()], lr=1e-2)
for step in range(25):
    seq = torch.randint(0, V, (16, 5))
    logits = out(rnn(emb(seq))[0])
    # predict what was read one position ago; position 0 is ignored
    target = torch.cat([torch.full((16, 1), -100), seq[:, :-1]], 1)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=-100)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 5 == 0:
        print(step, loss.item())
