import torch
from torch import nn

torch.manual_seed(0)
tagger = nn.Sequential(nn.Embedding(30, 16), nn.Linear(16, 5))
opt = torch.optim.Adam(tagger.parameters(), lr=1e-2)
words = torch.randint(0, 30, (16, 9))
tags = words % 5
for epoch in range(30):
    log_p = torch.log_softmax(tagger(words), dim=1)  # mistake: softmax-wrong-axis
    loss = nn.functional.nll_loss(log_p.transpose(1, 2), tags)  # mistake: softmax-wrong-axis
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
