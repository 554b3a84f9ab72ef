# ordinal regression: integer levels become cumulative binary targets
import torch
from sklearn.datasets import load_diabetes
from torch import nn

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
X = X / X.std(0)
level = torch.bucketize(torch.tensor(y), torch.tensor([90.0, 140.0, 200.0]).double())
cumulative = (level[:, None] > torch.arange(3)).float()


class Ordinal(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Linear(10, 1, bias=False)
        self.cuts = nn.Parameter(torch.tensor([-1.0, 0.0, 1.0]))

    def forward(self, x):
        return self.f(x) - self.cuts


net = Ordinal()
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for it in range(100):
    z = net(X)
    loss = nn.functional.binary_cross_entropy_with_logits(z, cumulative)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 20 == 19:
        print(it, loss.item(), ((z > 0).sum(1) == level).float().mean().item())
