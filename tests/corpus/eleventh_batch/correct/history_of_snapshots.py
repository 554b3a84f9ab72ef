import torch
import torch.nn as nn


class History:
    def __init__(self):
        self.losses, self.weights = [], []

    def add(self, loss, module):
        self.losses.append(loss.detach())
        self.weights.append({k: v.detach().clone() for k, v in module.state_dict().items()})


torch.manual_seed(0)
X = torch.randn(150, 3)
y = X @ torch.tensor([[2.0], [-1.0], [0.0]]) + 0.5
lin = nn.Linear(3, 1)
opt = torch.optim.SGD(lin.parameters(), lr=0.1)
h = History()
for _ in range(50):
    loss = nn.functional.mse_loss(lin(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    h.add(loss, lin)
curve = torch.stack(h.losses)
print("loss", curve[0].item(), "->", curve[-1].item())
print("path of the first weight", [round(w["weight"][0, 0].item(), 3) for w in h.weights[::10]])
