import torch
import torch.nn as nn

torch.manual_seed(5)
x = torch.linspace(-3, 3, 100)[:, None]
y = torch.sin(3 * x) * torch.exp(-x.abs() / 2)


class Growing(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.w_in = nn.Parameter(torch.randn(1, width) * 2)
        self.b_in = nn.Parameter(torch.randn(width))
        self.w_out = nn.Parameter(torch.randn(width, 1) * 0.1)

    def forward(self, x):
        return torch.tanh(x @ self.w_in + self.b_in) @ self.w_out

    def widen(self, extra):
        self.w_in = nn.Parameter(torch.cat([self.w_in.data, torch.randn(1, extra) * 2], 1))  # mistake: stale-optimizer
        self.b_in = nn.Parameter(torch.cat([self.b_in.data, torch.randn(extra)]))  # mistake: stale-optimizer
        self.w_out = nn.Parameter(torch.cat([self.w_out.data, torch.zeros(extra, 1)]))  # mistake: stale-optimizer


net = Growing(4)
opt = torch.optim.Adam(net.parameters(), lr=0.02)  # mistake: stale-optimizer
for epoch in range(300):
    if epoch == 40:
        net.widen(28)  # mistake: stale-optimizer
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: stale-optimizer
    if epoch % 50 == 49:
        print(epoch, loss.item())
