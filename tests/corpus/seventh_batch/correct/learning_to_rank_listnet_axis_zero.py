import torch
from torch import nn

torch.manual_seed(0)
scorer = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(scorer.parameters(), lr=5e-3)
queries = [(torch.randn(9, 5)) for _ in range(12)]
for epoch in range(4):
    for documents in queries:
        gain = documents[:, 0] * 2
        guess = scorer(documents).squeeze(1)
        loss = -(torch.softmax(gain, dim=0) * torch.log_softmax(guess, dim=0)).sum()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
