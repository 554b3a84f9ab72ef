import torch
import torch.nn as nn


class Ensemble(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.branches = [nn.Linear(7, 4) for _ in range(n)]  # mistake: param-not-in-optimizer
        self.merge = nn.Linear(4 * n, 1)

    def forward(self, x):
        return self.merge(torch.cat([torch.relu(f(x)) for f in self.branches], dim=-1))  # mistake: param-not-in-optimizer


torch.manual_seed(0)
model = Ensemble(3)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)  # mistake: param-not-in-optimizer
x = torch.randn(64, 7)
y = x.norm(dim=1, keepdim=True)
for step in range(25):
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()  # mistake: param-not-in-optimizer
    optimizer.step()  # mistake: param-not-in-optimizer
    print(step, round(loss.item(), 4))
