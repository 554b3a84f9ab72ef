# missing observations are NaN; they are filled before any arithmetic and masked in the loss
import torch
from sklearn.datasets import load_iris
from torch import nn

torch.manual_seed(0)
X = torch.tensor(load_iris().data, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
seen = torch.rand_like(X) > 0.2
table = X.masked_fill(~seen, float("nan"))
observed = ~torch.isnan(table)
filled = torch.nan_to_num(table, nan=0.0)


class Imputer(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(8, 24), nn.Tanh(), nn.Linear(24, 4))

    def forward(self, x, m):
        return self.net(torch.cat([x, m.float()], 1))


model = Imputer()
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for it in range(120):
    hide = observed & (torch.rand_like(filled) < 0.3)
    out = model(filled.masked_fill(hide, 0.0), observed & ~hide)
    loss = (out - filled)[hide].pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 24 == 23:
        with torch.no_grad():
            err = (model(filled, observed) - X)[~seen].pow(2).mean().item()
        print(it, loss.item(), err)
