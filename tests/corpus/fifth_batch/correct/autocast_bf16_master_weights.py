import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 3))
opt = torch.optim.AdamW(model.parameters(), lr=5e-3)
x = torch.randn(96, 12)
y = x[:, :3].argmax(1)
for epoch in range(10):
    for xb, yb in zip(x.split(32), y.split(32)):
        opt.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(xb)
        loss = nn.functional.cross_entropy(logits.float(), yb)
        loss.backward()
        opt.step()
    print(epoch, loss.item())
