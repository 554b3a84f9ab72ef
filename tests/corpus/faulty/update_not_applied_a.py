import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 1))
inp = torch.randn(40, 5)
out = inp.prod(1, keepdim=True)
for it in range(25):
    loss = nn.functional.mse_loss(model(inp), out)
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for param in model.parameters():
            param = param - 0.05 * param.grad  # mistake: update-not-applied
    print(it, loss.item())
