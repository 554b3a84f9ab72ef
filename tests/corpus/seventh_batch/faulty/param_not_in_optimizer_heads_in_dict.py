import torch
from torch import nn

torch.manual_seed(8)


class MultiTask(nn.Module):
    def __init__(self, tasks):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(6, 16), nn.Tanh())
        self.heads = {name: nn.Linear(16, size) for name, size in tasks.items()}  # mistake: param-not-in-optimizer

    def forward(self, x):
        shared = self.trunk(x)
        return {name: head(shared) for name, head in self.heads.items()}


net = MultiTask({"price": 1, "kind": 3})
opt = torch.optim.Adam(net.parameters(), lr=1e-2)  # mistake: param-not-in-optimizer
x = torch.randn(96, 6)
price = x[:, :2].sum(1, keepdim=True)
kind = (x[:, 3] > 0).long() + (x[:, 4] > 0).long()
for step in range(25):
    out = net(x)
    loss = nn.functional.mse_loss(out["price"], price) + nn.functional.cross_entropy(out["kind"], kind)
    opt.zero_grad()
    loss.backward()  # mistake: param-not-in-optimizer
    opt.step()  # mistake: param-not-in-optimizer
    if step % 5 == 0:
        print(step, loss.item())
