import copy
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
base = torch.randn(4, 8) * 2
lab = torch.randint(0, 4, (256,))
X = base[lab] + 0.5 * torch.randn(256, 8)
online = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 8))
pred = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 8))
target = copy.deepcopy(online)
opt = torch.optim.Adam([*online.parameters(), *pred.parameters()], lr=3e-3)
aug = lambda v: v + 0.3 * torch.randn_like(v)
for it in range(200):
    a, b = aug(X), aug(X)
    with torch.no_grad():
        ta, tb = target(a), target(b)
    loss = 2 - F.cosine_similarity(pred(online(a)), tb).mean() - F.cosine_similarity(pred(online(b)), ta).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        for pt, po in zip(target.parameters(), online.parameters()):
            pt.mul_(0.97).add_(po, alpha=0.03)
    if it % 40 == 0 or it == 199:
        print(it, loss.item())
