import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(200, 6)
ya = X[:, :1] * X[:, 1:2]
yb = (X[:, 2] > 0).float().unsqueeze(1)
trunk = nn.Sequential(nn.Linear(6, 32), nn.ReLU())
head_a, head_b = nn.Linear(32, 1), nn.Linear(32, 1)
params = [*trunk.parameters(), *head_a.parameters(), *head_b.parameters()]
opt = torch.optim.Adam(params, lr=0.01)
for it in range(250):
    h = trunk(X)
    la = nn.functional.mse_loss(head_a(h), ya)
    lb = nn.functional.binary_cross_entropy_with_logits(head_b(h), yb)
    opt.zero_grad()
    la.backward(retain_graph=True)  # both losses need the trunk
    lb.backward()
    opt.step()
    if it % 50 == 0 or it == 249:
        print(it, la.item(), lb.item())
