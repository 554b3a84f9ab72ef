# two towers, contrastive loss with a learned temperature and learned projections
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(8)
latent = torch.randn(96, 4)
view_a = latent @ torch.randn(4, 10) + 0.1 * torch.randn(96, 10)
view_b = torch.tanh(latent @ torch.randn(4, 12))


class Tower(nn.Module):
    def __init__(self, d_in):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(d_in, 32), nn.GELU(), nn.Linear(32, 8))

    def forward(self, x):
        return F.normalize(self.net(x), dim=-1)


left, right = Tower(10), Tower(12)
log_scale = nn.Parameter(torch.tensor(0.0))  # mistake: param-not-in-optimizer
opt = torch.optim.AdamW([*left.parameters(), *right.parameters()], lr=3e-3)  # mistake: param-not-in-optimizer
targets = torch.arange(96)

for it in range(150):
    sim = left(view_a) @ right(view_b).T * log_scale.exp()  # mistake: param-not-in-optimizer
    loss = (F.cross_entropy(sim, targets) + F.cross_entropy(sim.T, targets)) / 2
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()  # mistake: param-not-in-optimizer
    if it % 30 == 0:
        print(it, loss.item(), log_scale.exp().item())
