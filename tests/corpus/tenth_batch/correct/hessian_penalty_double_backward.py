import torch
from torch import nn

torch.manual_seed(0)
# sharpness penalty: squared norm of the gradient is part of the loss
X = torch.randn(128, 5)
y = torch.sin(X.sum(1, keepdim=True))
net = nn.Sequential(nn.Linear(5, 20), nn.Tanh(), nn.Linear(20, 1))
params = list(net.parameters())
opt = torch.optim.Adam(params, lr=0.01)
for it in range(100):
    loss = nn.functional.mse_loss(net(X), y)
    grads = torch.autograd.grad(loss, params, create_graph=True)
    penalty = sum(g.square().sum() for g in grads)
    opt.zero_grad()
    (loss + 0.05 * penalty).backward()
    opt.step()
    if it % 20 == 19:
        print(it, loss.item(), penalty.item())
final = nn.functional.mse_loss(net(X), y)
print("final", final.item())
