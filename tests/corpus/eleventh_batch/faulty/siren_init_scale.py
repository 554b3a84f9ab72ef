import torch
import torch.nn as nn

torch.manual_seed(0)


class Deep(nn.Module):
    def __init__(self, depth=12, width=32):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(1 if i == 0 else width, width) for i in range(depth)])
        self.out = nn.Linear(width, 1)
        for l in self.layers:
            nn.init.uniform_(l.weight, -0.05, 0.05)  # mistake: vanishing-grad
            nn.init.zeros_(l.bias)

    def forward(self, x):
        for l in self.layers:
            x = torch.tanh(l(x))  # mistake: vanishing-grad
        return self.out(x)


x = torch.linspace(-2, 2, 100).unsqueeze(1)
y = torch.sin(2 * x)
net = Deep()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for it in range(300):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()  # mistake: vanishing-grad
    opt.step()
    if it % 60 == 59:
        print(it + 1, loss.item())
