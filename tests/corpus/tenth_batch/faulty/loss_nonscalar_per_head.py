import torch
import torch.nn as nn
from sklearn.datasets import load_linnerud

torch.manual_seed(0)
exercise, body = load_linnerud(return_X_y=True)
x = torch.tensor(exercise, dtype=torch.float32)
y = torch.tensor(body, dtype=torch.float32)
x = (x - x.mean(0)) / x.std(0)
y = (y - y.mean(0)) / y.std(0)
weights = torch.tensor([1.0, 2.0, 0.5])


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 3)

    def forward(self, x):
        return self.lin(x)


model = Regressor()
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(30):
    pred = model(x)
    per_target = ((pred - y) ** 2).mean(dim=0)
    loss = weights * per_target  # mistake: loss-nonscalar
    opt.zero_grad()
    loss.backward()  # mistake: loss-nonscalar
    opt.step()
    print(epoch, per_target.tolist())
