import torch
import torch.nn as nn

torch.manual_seed(0)
atoms = torch.nn.functional.normalize(torch.randn(20, 12), dim=1)
codes = (torch.rand(600, 20) < 0.1) * torch.rand(600, 20)
X = codes @ atoms


class SAE(nn.Module):
    def __init__(self, d, k):
        super().__init__()
        self.enc = nn.Linear(d, k)
        self.dec = nn.Linear(k, d, bias=False)
        self.dec.weight.data = nn.functional.normalize(self.dec.weight.data, dim=0)
        self.enc.weight.data = self.dec.weight.data.T.clone()

    def forward(self, x):
        z = torch.relu(self.enc(x))
        return self.dec(z), z


sae = SAE(12, 40)
opt = torch.optim.Adam(sae.parameters(), lr=5e-3)
for epoch in range(300):
    out, z = sae(X)
    loss = (out - X).pow(2).sum(1).mean() + 0.02 * z.abs().sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 60 == 0 or epoch == 299:
        print(epoch, loss.item(), "share of active units", (z > 0).float().mean().item())
