import torch
import torch.nn as nn

torch.manual_seed(0)
# GraphSAGE-style mean aggregation on a sparse random graph
n = 50
adj = (torch.rand(n, n) < 0.05).float()
adj.fill_diagonal_(0)
x = torch.randn(n, 4)
deg = adj.sum(1, keepdim=True)


class Sage(nn.Module):
    def __init__(self):
        super().__init__()
        self.pre = nn.Linear(4, 8)
        self.post = nn.Linear(12, 1)

    def forward(self, x):
        msg = adj @ torch.tanh(self.pre(x))
        mean = torch.where(deg > 0, msg / deg, torch.zeros_like(msg))  # mistake: where-nan
        return self.post(torch.cat([x, mean], 1))


y = (adj @ x[:, :1]) / deg.clamp(min=1) + x[:, 1:2]
net = Sage()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(100):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 20 == 0:
        print(epoch, loss.item())
