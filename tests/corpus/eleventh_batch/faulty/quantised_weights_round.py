import torch
import torch.nn as nn

torch.manual_seed(1)


class QuantLinear(nn.Module):
    def __init__(self, i, o, levels=8):
        super().__init__()
        self.w = nn.Parameter(torch.randn(o, i) / i ** 0.5)
        self.b = nn.Parameter(torch.zeros(o))
        self.levels = levels

    def forward(self, x):
        wq = torch.round(self.w * self.levels) / self.levels  # mistake: nondiff-op
        return nn.functional.linear(x, wq, self.b)


model = nn.Sequential(QuantLinear(6, 16), nn.ReLU(), QuantLinear(16, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.01)
X = torch.randn(256, 6)
y = X[:, :1] * 1.5 - X[:, 3:4]
for step in range(200):
    loss = nn.functional.mse_loss(model(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 40 == 0:
        print(step, loss.item(), "weight grad", model[0].w.grad.abs().max().item())
