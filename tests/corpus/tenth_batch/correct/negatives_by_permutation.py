# noise-contrastive: inputs are joined with permuted partners on purpose
import torch
from torch import nn

torch.manual_seed(0)
a = torch.randn(300, 2)
b = a @ torch.tensor([[0.8, -0.6], [0.6, 0.8]]) + 0.3 * torch.randn(300, 2)
critic = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.Adam(critic.parameters(), lr=5e-3)
one, zero = torch.ones(300), torch.zeros(300)
bce = nn.functional.binary_cross_entropy_with_logits
for it in range(150):
    joint = critic(torch.cat([a, b], 1)).squeeze(1)
    mixed = critic(torch.cat([a, b[torch.randperm(300)]], 1)).squeeze(1)
    loss = bce(joint, one) + bce(mixed, zero)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it, loss.item(), joint.mean().item())
