import torch
from torch import nn


class DeepSet(nn.Module):
    def __init__(self, width=8, depth=3):
        super().__init__()
        self.inp = nn.Linear(2, width)
        self.layers = [nn.Linear(width, width) for _ in range(depth)]  # mistake: param-not-in-optimizer
        self.out = nn.Linear(width, 1)

    def forward(self, x):
        h = self.inp(x).relu()
        for layer in self.layers:
            h = layer(h).relu()  # mistake: param-not-in-optimizer
        return self.out(h)


torch.manual_seed(0)
net = DeepSet()
adam = torch.optim.Adam(net.parameters(), lr=0.01)  # mistake: param-not-in-optimizer
pts = torch.rand(128, 2) * 2 - 1
target = (pts.norm(dim=1, keepdim=True) < 0.7).float()
for it in range(40):
    adam.zero_grad()
    loss = nn.functional.binary_cross_entropy_with_logits(net(pts), target)
    loss.backward()
    adam.step()  # mistake: param-not-in-optimizer
print(loss.item())
