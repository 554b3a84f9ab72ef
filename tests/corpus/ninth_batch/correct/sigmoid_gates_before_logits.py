import torch
from torch import nn

torch.manual_seed(0)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.value, self.out = nn.Linear(6, 10), nn.Linear(6, 10), nn.Linear(10, 1)

    def forward(self, x):
        return self.out(torch.sigmoid(self.gate(x)) * self.value(x)).squeeze(-1)


net = Gated()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(80, 6)
y = torch.sigmoid(3 * x[:, 0])  # soft labels
for i in range(25):
    loss = nn.functional.binary_cross_entropy_with_logits(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
