import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
# CLIP-like symmetric loss: cross-entropy along both axes of the similarity matrix
latent = torch.randn(200, 3)
A = latent @ torch.randn(3, 10) + 0.1 * torch.randn(200, 10)
B = torch.tanh(latent @ torch.randn(3, 8)) + 0.1 * torch.randn(200, 8)
fa = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 6))
fb = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 6))
log_temp = nn.Parameter(torch.tensor(1.0))
opt = torch.optim.Adam([*fa.parameters(), *fb.parameters(), log_temp], lr=5e-3)
for it in range(200):
    i = torch.randperm(200)[:64]
    za, zb = F.normalize(fa(A[i]), dim=1), F.normalize(fb(B[i]), dim=1)
    sim = za @ zb.T * log_temp.exp()
    diag = torch.arange(64)
    rows = -F.log_softmax(sim, dim=1)[diag, diag].mean()
    cols = -F.log_softmax(sim, dim=0)[diag, diag].mean()
    loss = (rows + cols) / 2
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 40 == 0 or it == 199:
        print(it, loss.item(), "matched", (sim.argmax(1) == diag).float().mean().item())
