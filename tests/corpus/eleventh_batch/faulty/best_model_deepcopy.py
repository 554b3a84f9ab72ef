import copy
import torch
from torch import nn

torch.manual_seed(3)
X = torch.randn(240, 5)
Y = torch.sin(X[:, :1]) + X[:, 1:2] * X[:, 2:3]
Xv, Yv = X[180:], Y[180:]
X, Y = X[:180], Y[:180]


def build():
    return nn.Sequential(nn.Linear(5, 40), nn.Tanh(), nn.Linear(40, 1))


model = build()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
best, best_val = copy.deepcopy(model), float("inf")
for epoch in range(200):
    if epoch == 10:
        model = copy.deepcopy(best)  # mistake: stale-optimizer | param-not-in-optimizer
    loss = nn.functional.mse_loss(model(X), Y)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: stale-optimizer | param-not-in-optimizer
    with torch.no_grad():
        val = nn.functional.mse_loss(model(Xv), Yv).item()
    if val < best_val:
        best_val, best = val, copy.deepcopy(model)
    if epoch % 40 == 0:
        print(epoch, f"train {loss.item():.4f} val {val:.4f}")
print("best", best_val)
