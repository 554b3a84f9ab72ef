import torch
from torch import nn

torch.manual_seed(0)
records = []
model = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 1))
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
x = torch.randn(40, 4)
y = x.norm(dim=1, keepdim=True)
for epoch in range(40):
    out = model(x)
    loss = nn.functional.mse_loss(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    records.append({"epoch": epoch, "loss": loss, "lr": 1e-2})  # mistake: graph-held
print(min(records, key=lambda r: r["loss"].item())["epoch"])
