import torch
import torch.nn as nn

torch.manual_seed(0)


class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0, alpha=0.75, eps=1e-6):
        super().__init__()
        self.gamma, self.alpha, self.eps = gamma, alpha, eps

    def forward(self, prob, t):
        p = prob.clamp(self.eps, 1 - self.eps)
        pos = -self.alpha * (1 - p) ** self.gamma * t * torch.log(p)
        neg = -(1 - self.alpha) * p ** self.gamma * (1 - t) * torch.log(1 - p)
        return (pos + neg).mean()


X = torch.randn(600, 4)
y = (X[:, 0] + X[:, 1] > 1.8).float()
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
opt = torch.optim.Adam(net.parameters(), lr=0.02)
crit = FocalLoss()
for epoch in range(200):
    p = net(X).squeeze(1)
    loss = crit(p, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 40 == 0 or epoch == 199:
        hit = (p > 0.5)
        print(epoch, loss.item(), "recall", hit[y == 1].float().mean().item())
