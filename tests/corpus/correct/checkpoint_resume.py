import io

import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(40, 3)
y = x.sum(1, keepdim=True)


def train(model, opt, epochs):
    for _ in range(epochs):
        loss = nn.functional.mse_loss(model(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()


model = nn.Linear(3, 1)
opt = torch.optim.Adam(model.parameters(), lr=0.05)
print(train(model, opt, 6))
file = io.BytesIO()
torch.save({"model": model.state_dict(), "opt": opt.state_dict()}, file)
file.seek(0)
state = torch.load(file)
again = nn.Linear(3, 1)
again.load_state_dict(state["model"])
opt = torch.optim.Adam(again.parameters(), lr=0.05)
opt.load_state_dict(state["opt"])
print(train(again, opt, 6))
