import torch
from torch import nn

torch.manual_seed(2)
data = torch.randn(64, 10)
target = (data.sum(1, keepdim=True) > 0).float()

model = nn.Linear(10, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.5)
crit = nn.BCEWithLogitsLoss()
accum = 4

for epoch in range(2):
    running = 0.0
    for k in range(32):
        opt.zero_grad()
        out = model(data[k:k + 1])
        loss = crit(out, target[k:k + 1]) / accum
        loss.backward()
        running += loss.item() * accum
        if (k + 1) % accum == 0:
            opt.step()
    print("epoch", epoch, "mean loss", running / 32)
print("bias", model.bias.item())
