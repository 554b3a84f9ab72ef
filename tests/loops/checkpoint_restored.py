import io
import torch
from torch import nn

torch.manual_seed(17)
x = torch.randn(40, 3)
y = x.prod(1, keepdim=True)
net = nn.Sequential(nn.Linear(3, 12), nn.Tanh(), nn.Linear(12, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.05)
best, file = float("inf"), None
for step in range(16):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 4 == 0:
        file = io.BytesIO()
        torch.save({"net": net.state_dict(), "opt": opt.state_dict()}, file)
    if step == 10:
        file.seek(0)
        saved = torch.load(file)
        net.load_state_dict(saved["net"])
        opt.load_state_dict(saved["opt"])
    print(step, loss.item())
