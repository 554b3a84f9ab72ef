import torch

torch.manual_seed(0)
A = torch.nn.Parameter(torch.randn(12, 12))
C = torch.nn.Parameter(torch.randn(12, 1))
opt = torch.optim.SGD([A, C], lr=1e-3)
u = torch.randn(20, 30, 12)
goal = u[:, 0, :1]
for it in range(6):
    s = torch.zeros(20, 12)
    for t in range(30):
        s = s @ A + u[:, t]  # mistake: exploding-grad
    loss = (s @ C - goal).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, loss.item())
