import torch
from torch import nn


class SelfAttention(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, x):
        scores = self.q(x) @ self.k(x).transpose(-2, -1) / x.shape[-1] ** 0.5
        attention = scores.softmax(dim=0)  # mistake: softmax-wrong-axis
        return attention @ self.v(x)


torch.manual_seed(0)
block, head = SelfAttention(6), nn.Linear(6, 2)
opt = torch.optim.Adam([*block.parameters(), *head.parameters()], lr=0.01)
x = torch.randn(8, 5, 6)
y = torch.randint(0, 2, (8,))
for step in range(20):
    loss = nn.functional.cross_entropy(head(block(x).mean(1)), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
