import torch
from torch import nn

torch.manual_seed(0)
rnn = nn.GRU(4, 8, batch_first=True)
head = nn.Linear(8, 1)
params = list(rnn.parameters()) + list(head.parameters())
opt = torch.optim.Adam(params, lr=1e-2)
seq = torch.randn(20, 6, 4)
target = seq.sum((1, 2)).unsqueeze(1)
for epoch in range(15):
    opt.zero_grad()
    h, _ = rnn(seq)
    loss = nn.functional.mse_loss(head(h[:, -1]), target)
    loss.backward()
    opt.step()
    nn.utils.clip_grad_norm_(params, 1.0)  # mistake: clip-after-step
    print(epoch, loss.item())
