import torch
from torch import nn

torch.manual_seed(0)
layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
head = nn.Linear(16, 4)
params = list(layer.parameters()) + list(head.parameters())
optimizer = torch.optim.SGD(params, lr=3e-10)  # mistake: lr-too-small
seqs = torch.randn(32, 5, 16)
target = seqs[:, 0, :4].argmax(1)
for step in range(40):
    logits = head(layer(seqs).mean(1))
    loss = nn.functional.cross_entropy(logits, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # mistake: lr-too-small
    if step % 10 == 0:
        print(step, loss.item())
