import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
enc, dec = nn.Linear(6, 4), nn.Linear(4, 6, bias=False)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=2e-2)
centers = torch.randn(4, 6) * 2
for step in range(40):
    x = centers[torch.randint(0, 4, (40,))] + 0.1 * torch.randn(40, 6)
    z = F.gumbel_softmax(enc(x), tau=1.0, hard=True)
    loss = F.mse_loss(dec(z), x)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 10 == 0:
        print(step, loss.item())
