# equilibrium layer: z = tanh(W z + U x), solved by iteration
import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.randn(128, 4)
y = (x[:, :1] * x[:, 1:2]).tanh()


class Equilibrium(nn.Module):
    def __init__(self, n, d):
        super().__init__()
        self.W = nn.Linear(n, n, bias=False)
        self.U = nn.Linear(d, n)
        nn.init.orthogonal_(self.W.weight, gain=0.5)

    @torch.no_grad()  # mistake: graph-detached-mid
    def solve(self, x):
        z = torch.zeros(len(x), self.W.in_features)
        for _ in range(25):
            z = torch.tanh(self.W(z) + self.U(x))
        return z

    def forward(self, x):
        return self.solve(x)  # mistake: graph-detached-mid


layer, head = Equilibrium(16, 4), nn.Linear(16, 1)
opt = torch.optim.Adam([*layer.parameters(), *head.parameters()], lr=0.01)
for it in range(80):
    loss = nn.functional.mse_loss(head(layer(x)), y)  # mistake: graph-detached-mid
    opt.zero_grad()
    loss.backward()  # mistake: graph-detached-mid
    opt.step()
    if it % 20 == 19:
        print(it, loss.item())
