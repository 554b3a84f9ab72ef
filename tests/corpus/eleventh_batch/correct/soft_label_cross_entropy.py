import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
# mixup with soft targets given as probabilities
C = 3
centres = torch.randn(C, 4) * 2
lab = torch.randint(0, C, (240,))
X = centres[lab] + torch.randn(240, 4)
onehot = F.one_hot(lab, C).float()
net = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, C))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
beta = torch.distributions.Beta(0.4, 0.4)
for epoch in range(150):
    lam = beta.sample((240, 1))
    perm = torch.randperm(240)
    mx = lam * X + (1 - lam) * X[perm]
    my = lam * onehot + (1 - lam) * onehot[perm]
    loss = F.cross_entropy(net(mx), my)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 30 == 0 or epoch == 149:
        with torch.no_grad():
            print(epoch, loss.item(), "accuracy", (net(X).argmax(1) == lab).float().mean().item())
