import torch
from torch import nn

torch.manual_seed(0)
score, value = nn.Linear(6, 1), nn.Linear(6, 4)
opt = torch.optim.Adam([*score.parameters(), *value.parameters()], lr=1e-2)
frames = torch.randn(50, 10, 6)
label = frames.mean(1)[:, :4].argmax(1)
for epoch in range(30):
    weights = torch.softmax(score(frames), dim=1)
    logits = (weights * value(frames)).sum(dim=1)
    loss = nn.functional.cross_entropy(logits, label)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
