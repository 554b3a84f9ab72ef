import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(6, 24)), nn.ReLU(), nn.Linear(24, 1))
opt = torch.optim.AdamW(net.parameters(), lr=3e-3, eps=1e-6)
x = torch.randn(90, 6)
y = x[:, :2].prod(1, keepdim=True)
for step in range(20):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = net(x)
    loss = nn.functional.mse_loss(out.float(), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
