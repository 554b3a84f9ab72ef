# integer targets are exact here: numbers of events
import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(200, 2)
lam = torch.exp(1 + x[:, 0] - x[:, 1])
n = torch.poisson(lam).long()
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
loss_fn = nn.PoissonNLLLoss(log_input=True)
for epoch in range(40):
    total = 0.0
    for b in torch.randperm(200).split(50):
        loss = loss_fn(net(x[b]).squeeze(1), n[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.item() / 4
    if epoch % 8 == 7:
        print(epoch, total)
with torch.no_grad():
    print("rate error", (net(x).squeeze(1).exp() - lam).abs().mean().item())
