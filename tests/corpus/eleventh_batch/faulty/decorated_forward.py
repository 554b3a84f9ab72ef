import torch
import torch.nn as nn

torch.manual_seed(0)


class RegressionForest(nn.Module):
    def __init__(self):
        super().__init__()
        self.experts = nn.ModuleList(nn.Linear(2, 1) for _ in range(4))
        self.gate = nn.Linear(2, 4)

    @torch.no_grad()  # mistake: forward-no-grad
    def forward(self, x):
        g = self.gate(x).softmax(-1)
        return sum(g[:, i:i + 1] * e(x) for i, e in enumerate(self.experts))  # mistake: forward-no-grad


X = torch.rand(200, 2) * 2 - 1
y = X.abs().sum(1, keepdim=True)
moe = RegressionForest()
opt = torch.optim.Adam(moe.parameters(), lr=0.03)
for epoch in range(100):
    loss = nn.functional.mse_loss(moe(X), y)
    opt.zero_grad()
    loss.backward()  # mistake: forward-no-grad
    opt.step()
    if epoch % 20 == 0:
        print(epoch, loss.item())
