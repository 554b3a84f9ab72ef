import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

torch.manual_seed(0)
# recomputation in the backward pass: each block runs twice per step
x = torch.randn(128, 6)
y = torch.sin(x[:, :1] + x[:, 1:2]) * x[:, 2:3]
blocks = nn.ModuleList(
    [nn.Sequential(nn.Linear(6, 24), nn.GELU())] + [nn.Sequential(nn.Linear(24, 24), nn.GELU()) for _ in range(3)]
)
head = nn.Linear(24, 1)
opt = torch.optim.AdamW([*blocks.parameters(), *head.parameters()], lr=5e-3)


def model(x):
    for block in blocks:
        x = checkpoint(block, x, use_reentrant=False)
    return head(x)


for it in range(80):
    loss = nn.functional.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 16 == 15:
        print(it, loss.item())
