import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
train_x, val_x = torch.randn(40, 3), torch.randn(10, 3)


def validate():
    torch.set_grad_enabled(False)  # mistake: forward-no-grad
    return model(val_x).pow(2).mean().item()


for epoch in range(4):
    prediction = model(train_x)  # mistake: forward-no-grad
    loss = (prediction - train_x[:, :1]).pow(2).mean()
    opt.zero_grad()
    loss.backward()  # mistake: forward-no-grad
    opt.step()
    print(epoch, validate())
