import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 1)

    @torch.no_grad()  # mistake: forward-no-grad
    def predict(self, x):
        return self.fc(x).squeeze(-1)  # mistake: forward-no-grad


torch.manual_seed(0)
m = Model()
opt = torch.optim.SGD(m.parameters(), lr=0.1)
x = torch.randn(20, 3)
y = x.sum(1)
for epoch in range(3):
    opt.zero_grad()
    loss = nn.functional.mse_loss(m.predict(x), y)  # mistake: forward-no-grad
    loss.backward()  # mistake: forward-no-grad
    opt.step()
