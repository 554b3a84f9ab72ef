import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.rand(500, 2) * 2 - 1
r = x.norm(dim=1)
y = (r < 0.6).float().unsqueeze(1)
difficulty = (r - 0.6).abs().argsort(descending=True)  # far from the border = easy
net = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(60):
    share = min(1.0, 0.3 + epoch / 40)
    pool = difficulty[: int(share * 500)]
    for idx in pool[torch.randperm(len(pool))].split(50):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x[idx]), y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 12 == 11:
        with torch.no_grad():
            print(epoch + 1, f"share {share:.2f}", "accuracy on all", ((net(x) > 0) == y.bool()).float().mean().item())
