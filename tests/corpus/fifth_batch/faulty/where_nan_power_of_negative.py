import torch
from torch import nn


class Gamma(nn.Module):
    def __init__(self):
        super().__init__()
        self.log_gamma = nn.Parameter(torch.zeros(()))
        self.shift = nn.Parameter(torch.zeros(()))

    def forward(self, image):
        image = image + self.shift
        bright = image.pow(self.log_gamma.exp())  # mistake: where-nan
        return torch.where(image > 0, bright, image * 0.1)  # mistake: where-nan


torch.manual_seed(0)
image = torch.randn(8, 8)
target = torch.where(image > 0, image.abs() ** 0.5, image * 0.1)
model = Gamma()
opt = torch.optim.Adam(model.parameters(), lr=0.02)
for it in range(8):
    loss = (model(image) - target).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())
