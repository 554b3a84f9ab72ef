import torch
import torch.nn as nn

torch.manual_seed(5)
X = torch.randn(256, 8)
tasks = {
    "sum": X.sum(1, keepdim=True) / 3,
    "prod": (X[:, :1] * X[:, 1:2]),
    "abs": X[:, 2:3].abs(),
}


class MultiHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(8, 32), nn.Tanh())
        self.heads = nn.ModuleDict({k: nn.Linear(32, 1) for k in tasks})

    def forward(self, x, task):
        return self.heads[task](self.trunk(x))


model = MultiHead()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(300):
    logs = {}
    for name, target in tasks.items():
        opt.zero_grad()  # mistake: grad-cleared-before-step
        loss = nn.functional.mse_loss(model(X, name), target)
        loss.backward()
        logs[name] = round(loss.item(), 4)
    opt.step()  # mistake: grad-cleared-before-step
    if step % 60 == 59:
        print(step, logs)
