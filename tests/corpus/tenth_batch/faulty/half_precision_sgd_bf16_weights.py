import torch
from torch import nn

torch.manual_seed(0)
dtype = torch.bfloat16  # mistake: half-precision
t = torch.linspace(0, 6, 200)
X = torch.stack([torch.sin(t), torch.cos(t), t / 6, torch.ones_like(t)], 1)
y = X @ torch.tensor([1.02, 0.987, 1.013, 0.995]) + 1.0

net = nn.Linear(4, 1).to(dtype)  # mistake: half-precision
with torch.no_grad():
    net.weight.fill_(1.0)
    net.bias.fill_(0.8)
opt = torch.optim.SGD(net.parameters(), lr=1e-3)  # mistake: half-precision
X, y = X.to(dtype), y.to(dtype)
for epoch in range(300):
    loss = nn.functional.mse_loss(net(X).squeeze(1), y)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: half-precision
    if epoch % 50 == 0:
        print(epoch, loss.item())
print("end", nn.functional.mse_loss(net(X).squeeze(1).float(), y.float()).item())
