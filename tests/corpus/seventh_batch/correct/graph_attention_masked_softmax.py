import torch
from torch import nn

torch.manual_seed(0)
A = (torch.rand(20, 20) < 0.2) | torch.eye(20, dtype=torch.bool)
X = torch.randn(20, 6)
y = (A.float() @ X[:, 0] > 0).long()
known = torch.rand(20) < 0.6


class GAT(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.W, self.a, self.b = nn.Linear(d, h, bias=False), nn.Linear(h, 1), nn.Linear(h, 1)

    def forward(self, x):
        z = self.W(x)
        e = nn.functional.leaky_relu(self.a(z) + self.b(z).T, 0.2)
        return e.masked_fill(~A, -1e9).softmax(1) @ z


one, two = GAT(6, 12), GAT(12, 2)
opt = torch.optim.Adam([*one.parameters(), *two.parameters()], lr=1e-2, weight_decay=5e-4)
for epoch in range(25):
    out = two(torch.nn.functional.elu(one(X)))
    loss = nn.functional.cross_entropy(out[known], y[known])
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
