import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.01)
history = []
for step in range(40):
    x = torch.randn(16, 3)
    loss = nn.functional.mse_loss(net(x), x.sum(1, keepdim=True))
    opt.zero_grad()
    loss.backward()
    opt.step()
    history.append({"step": step, "loss": loss})  # mistake: graph-held
print(sum(float(h["loss"]) for h in history) / len(history))
