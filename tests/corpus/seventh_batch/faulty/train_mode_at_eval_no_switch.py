import torch
from torch import nn


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 24)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(24, 1)

    def forward(self, x):
        return self.out(self.drop(torch.relu(self.hidden(x))))  # mistake: train-mode-at-eval


torch.manual_seed(0)
model = Regressor()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
data, truth = torch.randn(100, 4), torch.randn(100, 1)
train, test = slice(0, 80), slice(80, 100)
for epoch in range(10):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(data[train]), truth[train])
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        score = nn.functional.mse_loss(model(data[test]), truth[test])  # mistake: train-mode-at-eval
    print(epoch, loss.item(), score.item())
