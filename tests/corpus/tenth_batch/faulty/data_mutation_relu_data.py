import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.rand(300, 3) * 4 - 2
y = torch.exp(-X.pow(2).sum(1, keepdim=True) / 2)


class ExpUnits(nn.Module):
    """exp activations, capped for safety"""

    def __init__(self, d, h):
        super().__init__()
        self.hidden = nn.Linear(d, h)
        self.out = nn.Linear(h, 1)

    def forward(self, x):
        a = torch.exp(self.hidden(x))
        a.data.clamp_(max=1.0).mul_(-1)  # mistake: data-mutation
        return self.out(a)


net = ExpUnits(3, 24)
opt = torch.optim.Adam(net.hidden.parameters(), lr=0.02)
opt_out = torch.optim.Adam(net.out.parameters(), lr=0.02)
for epoch in range(100):
    loss = nn.functional.mse_loss(net(X), y)
    opt.zero_grad()
    opt_out.zero_grad()
    loss.backward()  # mistake: data-mutation
    opt.step()
    opt_out.step()
    if epoch % 20 == 19:
        print(epoch, loss.item())
