import torch
import torch.nn as nn

torch.manual_seed(0)
# mixture of experts in probability space: the softmax outputs are averaged, then the log is taken
X = torch.randn(300, 5)
y = (X[:, :3] + 0.3 * torch.randn(300, 3)).argmax(1)
members = nn.ModuleList(nn.Sequential(nn.Linear(5, 12), nn.Tanh(), nn.Linear(12, 3)) for _ in range(4))
opt = torch.optim.Adam(members.parameters(), lr=0.02)
for epoch in range(120):
    probs = torch.stack([m(X).softmax(dim=-1) for m in members]).mean(0)
    loss = nn.functional.nll_loss(torch.log(probs + 1e-9), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 30 == 0 or epoch == 119:
        print(epoch, loss.item(), (probs.argmax(1) == y).float().mean().item())
