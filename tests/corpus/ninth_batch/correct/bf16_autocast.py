import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 3))
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
x = torch.randn(96, 12)
y = x[:, :3].argmax(1)
for epoch in range(5):
    for i in torch.randperm(96).split(24):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(x[i])
        loss = nn.functional.cross_entropy(logits.float(), y[i])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
