import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
x = torch.randn(128, 10)
y = x[:, :2].sum(1, keepdim=True)
for epoch in range(25):
    for i in range(0, 128, 32):
        with torch.autocast(device_type="cpu", dtype=torch.float16):
            output = net(x[i : i + 32])
            loss = nn.functional.mse_loss(output.float(), y[i : i + 32])
        scaler.scale(loss).backward()
        scaler.unscale_(opt)
        torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm=1.0)
        scaler.step(opt)
        scaler.update()
        opt.zero_grad()
print(loss.item())
