import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
enc, dec = nn.Linear(10, 8), nn.Linear(8, 10)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=1e-2)
data = torch.eye(8)[torch.randint(0, 8, (200,))] @ torch.randn(8, 10)
for step in range(50):
    tau = max(0.5, 2.0 * 0.97**step)
    code = F.gumbel_softmax(enc(data), tau=tau, hard=True)
    loss = F.mse_loss(dec(code), data)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
