import torch
from torch import nn

torch.manual_seed(0)
score = nn.Bilinear(4, 4, 1)
opt = torch.optim.Adam(score.parameters(), lr=1e-2)
a = torch.randn(100, 4)
b = a + 0.1 * torch.randn(100, 4)
for _ in range(30):
    wrong = b[torch.randperm(100)]
    logits = torch.cat([score(a, b), score(a, wrong)])
    labels = torch.cat([torch.ones(100, 1), torch.zeros(100, 1)])
    loss = nn.functional.binary_cross_entropy_with_logits(logits, labels)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
