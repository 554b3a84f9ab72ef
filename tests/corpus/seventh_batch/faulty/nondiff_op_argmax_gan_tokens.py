import torch
from torch import nn

torch.manual_seed(0)
vocab, length = 6, 4
generator = nn.Linear(5, vocab * length)
critic = nn.Sequential(nn.Linear(length, 8), nn.ReLU(), nn.Linear(8, 1))
for parameter in critic.parameters():
    parameter.requires_grad_(False)
g_opt = torch.optim.Adam(generator.parameters(), lr=1e-2)
for it in range(5):
    logits = generator(torch.randn(16, 5)).view(16, length, vocab)
    words = logits.argmax(-1).float()  # mistake: nondiff-op
    score = critic(words)
    g_loss = -score.mean()
    g_opt.zero_grad()
    g_loss.backward()  # mistake: nondiff-op
    g_opt.step()
