import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(7)


class ResMLP(nn.Module):
    def __init__(self, dim, depth):
        super().__init__()
        self.inp = nn.Linear(2, dim)
        self.blocks = [nn.Linear(dim, dim) for _ in range(depth)]  # mistake: param-not-in-optimizer
        self.out = nn.Linear(dim, 1)

    def forward(self, x):
        h = F.relu(self.inp(x))
        for blk in self.blocks:
            h = F.relu(blk(h))  # mistake: param-not-in-optimizer
        return self.out(h).squeeze(-1)


xy = torch.rand(400, 2) * 4 - 2
inside = ((xy ** 2).sum(1).sqrt() * 3).sin() > 0
model = ResMLP(8, 2)
opt = torch.optim.Adam(model.parameters(), lr=0.01)  # mistake: param-not-in-optimizer
for step in range(400):
    logit = model(xy)
    loss = F.binary_cross_entropy_with_logits(logit, inside.float())
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 100 == 99:
        print(step, loss.item(), ((logit > 0) == inside).float().mean().item())
