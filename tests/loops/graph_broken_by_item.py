import torch
import torch.nn as nn

torch.manual_seed(3)

class WeightedError(nn.Module):
    def forward(self, pred, target):
        terms = []
        for p, t in zip(pred, target):
            weight = 2.0 if t > 0 else 1.0
            terms.append((weight * (p - t) ** 2).item())
        return torch.tensor(terms, requires_grad=True).mean()

x = torch.randn(10, 2)
y = x[:, 0] - 0.5 * x[:, 1]
lin = nn.Linear(2, 1)
opt = torch.optim.SGD(lin.parameters(), lr=0.1)
crit = WeightedError()
for epoch in range(8):
    opt.zero_grad()
    loss = crit(lin(x).squeeze(1), y)
    loss.backward()
    opt.step()
    print("epoch", epoch, "loss", loss.item())
