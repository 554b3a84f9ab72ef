import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 16), nn.GELU(), nn.Linear(16, 1))
opt = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
EPOCHS = 12
x = torch.randn(96, 5)
y = x[:, :1].sin() + x[:, 1:2]
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=EPOCHS * 3)
for epoch in range(EPOCHS):
    for i in torch.randperm(96).split(32):
        loss = nn.functional.mse_loss(model(x[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
    print(epoch, sched.get_last_lr()[0], loss.item())
