import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(300, 6)
y = (X[:, 0] * X[:, 1] + X[:, 2] > 0).long()
base = nn.Sequential(nn.Linear(6, 32), nn.ReLU())
head = nn.Linear(32, 2)
base.requires_grad_(False)
opt = torch.optim.Adam(head.parameters(), lr=0.01)
for epoch in range(200):
    if epoch == 60:
        base.requires_grad_(True)
        opt.add_param_group({"params": base.parameters(), "lr": 0.005})
    out = head(base(X))
    loss = nn.functional.cross_entropy(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 40 == 0 or epoch == 199:
        print(epoch, loss.item(), (out.argmax(1) == y).float().mean().item())
