import torch
from torch import nn

torch.manual_seed(0)
hparams = {"lr": 1e-2, "max_norm": 0.9, "hidden": 16}
hparams = {k: int(v) if v < 1 and k != "lr" else v for k, v in hparams.items()}
model = nn.Sequential(nn.Linear(5, hparams["hidden"]), nn.GELU(), nn.Linear(hparams["hidden"], 1))
opt = torch.optim.AdamW(model.parameters(), lr=hparams["lr"], weight_decay=0.0)
x = torch.randn(64, 5)
y = x.norm(dim=1, keepdim=True)
for step in range(25):
    loss = nn.functional.smooth_l1_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), hparams["max_norm"])  # mistake: clip-to-zero
    opt.step()
print(loss.item())
