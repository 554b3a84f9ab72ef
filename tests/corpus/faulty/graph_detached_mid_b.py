import torch
from torch import nn


class TwoStage(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(12, 16), nn.ReLU())
        self.decoder = nn.Linear(16, 1)

    def forward(self, x):
        code = self.encoder(x)
        return self.decoder(code.data)  # mistake: graph-detached-mid


torch.manual_seed(0)
model = TwoStage()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
x = torch.randn(200, 12)
y = x[:, :3].abs().sum(1, keepdim=True)
for epoch in range(25):
    opt.zero_grad()
    loss = nn.functional.l1_loss(model(x), y)
    loss.backward()
    opt.step()
    print(epoch, loss.item())
