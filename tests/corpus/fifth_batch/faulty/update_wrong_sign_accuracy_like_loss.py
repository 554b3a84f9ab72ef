import torch
from torch import nn

torch.manual_seed(1)
encoder = nn.Linear(8, 4)
opt = torch.optim.SGD(encoder.parameters(), lr=0.5)
anchors = torch.randn(64, 8)
positives = anchors + 0.1 * torch.randn(64, 8)
for epoch in range(40):
    za = nn.functional.normalize(encoder(anchors), dim=1)
    zp = nn.functional.normalize(encoder(positives), dim=1)
    logits = za @ zp.T / 0.2
    loss = -nn.functional.cross_entropy(logits, torch.arange(64))  # mistake: update-wrong-sign
    opt.zero_grad()
    loss.backward()  # mistake: update-wrong-sign
    opt.step()  # mistake: update-wrong-sign
    if epoch % 10 == 0:
        print(loss.item())
