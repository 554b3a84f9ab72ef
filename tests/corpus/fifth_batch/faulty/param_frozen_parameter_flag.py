import torch
from torch import nn


class Calibrator(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1), requires_grad=False)  # mistake: param-frozen
        self.shift = nn.Parameter(torch.zeros(1), requires_grad=False)

    def forward(self, x):
        return self.scale * x + self.shift


torch.manual_seed(0)
x = torch.randn(40, 1)
y = 3 * x + 2
model = Calibrator()
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(10):
    opt.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()  # mistake: param-frozen
    opt.step()
