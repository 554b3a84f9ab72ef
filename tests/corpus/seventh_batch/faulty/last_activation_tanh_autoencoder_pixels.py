import torch
from torch import nn

torch.manual_seed(0)


class AE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(12, 4), nn.ReLU())
        self.decode = nn.Linear(4, 12)

    def forward(self, x):
        return torch.tanh(self.decode(self.encode(x)))  # mistake: last-activation


ae = AE()
opt = torch.optim.Adam(ae.parameters(), lr=5e-3)
pixels = torch.randint(0, 256, (64, 12)).float() / 32.0
for epoch in range(30):
    loss = ((ae(pixels) - pixels) ** 2).mean()  # mistake: last-activation
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 5 == 0:
        print(epoch, loss.item())
