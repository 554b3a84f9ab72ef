import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(256, 16)
y = torch.tanh(X[:, :4].sum(1, keepdim=True))
net = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 1))
opt = torch.optim.AdamW(net.parameters(), lr=5e-3)
for it in range(200):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = net(X)
    loss = nn.functional.mse_loss(out.float(), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 40 == 0 or it == 199:
        print(it, loss.item(), net[0].weight.dtype)
