import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(64, 20, 3)
y = x.cumsum(1)[:, -1, :1] * 0.2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 16, batch_first=True)
        self.out = nn.Linear(16, 1)

    def forward(self, x):
        return self.out(self.rnn(x)[0][:, -1])


def total_norm(params):
    return torch.stack([p.grad.norm() for p in params]).norm().item()


net = Net()
params = list(net.parameters())
opt = torch.optim.Adam(params, lr=0.01)
for it in range(60):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    before = nn.utils.clip_grad_norm_(params, 1.0)
    opt.step()
    after = total_norm(params)
    if it % 10 == 9:
        print(it, loss.item(), before.item(), after)
