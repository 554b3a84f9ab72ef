import torch
from torch import nn

torch.manual_seed(0)


class Pointer(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(1, 12, batch_first=True)
        self.query = nn.Linear(12, 12)

    def forward(self, x):
        states, last = self.encoder(x)
        return torch.einsum("btd,bd->bt", states, self.query(last[0]))


net = Pointer()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.rand(64, 6, 1)
y = x.squeeze(2).argmax(1)
for step in range(20):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
    print(step, loss.item())
