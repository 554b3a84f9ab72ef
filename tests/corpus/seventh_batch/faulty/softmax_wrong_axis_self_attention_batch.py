import torch
from torch import nn

torch.manual_seed(0)


class SelfAttention(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.to_qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.scale = dim**-0.5

    def forward(self, x):
        q, k, v = self.to_qkv(x).chunk(3, -1)
        scores = torch.einsum("bid,bjd->bij", q, k) * self.scale
        weights = scores.softmax(dim=0)  # mistake: softmax-wrong-axis
        return self.proj(torch.einsum("bij,bjd->bid", weights, v))


block = SelfAttention(8)
head = nn.Linear(8, 2)
opt = torch.optim.Adam([*block.parameters(), *head.parameters()], lr=1e-3)
x = torch.randn(20, 6, 8)
y = (x[:, 0, 0] > 0).long()
for step in range(20):
    loss = nn.functional.cross_entropy(head(block(x).mean(1)), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
