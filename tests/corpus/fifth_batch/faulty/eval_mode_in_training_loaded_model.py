import io

import torch
from torch import nn

torch.manual_seed(0)


def make():
    return nn.Sequential(nn.Linear(6, 24), nn.Dropout(0.4), nn.ReLU(), nn.Linear(24, 2))


buffer = io.BytesIO()
torch.save(make().state_dict(), buffer)
buffer.seek(0)
model = make()
model.load_state_dict(torch.load(buffer))
model.eval()  # mistake: eval-mode-in-training
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(60, 6)
y = (x.sum(1) > 0).long()
for epoch in range(20):
    loss = nn.functional.cross_entropy(model(x), y)  # mistake: eval-mode-in-training
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
