import torch
from torch import nn

torch.manual_seed(0)


class Config:
    lr = 1e-2
    epochs = 4
    update_every = 50


cfg = Config()
model = nn.Linear(8, 3)
opt = torch.optim.AdamW(model.parameters(), lr=cfg.lr)
xs = torch.randn(120, 8)
ys = torch.randint(0, 3, (120,))
for epoch in range(cfg.epochs):
    for i, (x, y) in enumerate(zip(xs.split(12), ys.split(12))):
        loss = nn.functional.cross_entropy(model(x), y)
        opt.zero_grad()
        loss.backward()  # mistake: step-missing | grad-cleared-before-step
        if (i + 1) % cfg.update_every == 0:  # mistake: step-missing
            opt.step()
    print(f"[{epoch}] {loss.item():.3f}")
