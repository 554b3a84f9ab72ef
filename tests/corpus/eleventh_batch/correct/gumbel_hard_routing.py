import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
X = torch.rand(400, 1) * 4 - 2
y = torch.where(X < 0, 3 * X + 1, -2 * X + 1)
gate = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 2))
experts = nn.Linear(1, 2)
opt = torch.optim.Adam([*gate.parameters(), *experts.parameters()], lr=0.02)
for it in range(400):
    choice = F.gumbel_softmax(gate(X), tau=max(0.3, 1 - it / 300), hard=True)
    out = (choice * experts(X)).sum(1, keepdim=True)
    loss = F.mse_loss(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 80 == 0 or it == 399:
        print(it, loss.item())
