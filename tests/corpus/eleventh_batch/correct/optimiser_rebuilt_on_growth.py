import torch
import torch.nn as nn

torch.manual_seed(0)
# constructive network: add hidden units now and then and tell the optimiser
x = torch.linspace(-3, 3, 120).unsqueeze(1)
y = torch.sin(3 * x) * x / 2


class Growing(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList()

    def grow(self, k):
        part = nn.Sequential(nn.Linear(1, k), nn.Tanh(), nn.Linear(k, 1))
        nn.init.zeros_(part[2].weight)
        nn.init.zeros_(part[2].bias)
        nn.init.normal_(part[0].weight, std=2.0)
        self.parts.append(part)

    def forward(self, t):
        return sum(p(t) for p in self.parts)


net = Growing()
for stage in range(4):
    net.grow(8)
    opt = torch.optim.Adam(net.parameters(), lr=0.01)
    for it in range(150):
        loss = nn.functional.mse_loss(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print("units", 8 * (stage + 1), "loss", loss.item())
