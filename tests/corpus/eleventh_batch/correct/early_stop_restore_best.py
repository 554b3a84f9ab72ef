import copy
import torch
import torch.nn as nn

torch.manual_seed(0)
X, Xv = torch.randn(60, 20), torch.randn(300, 20)
f = lambda z: z[:, :1] - 2 * z[:, 1:2]
y, yv = f(X) + 0.5 * torch.randn(60, 1), f(Xv)
net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 1))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
best, state, wait = float("inf"), None, 0
for epoch in range(400):
    net.train()
    loss = nn.functional.mse_loss(net(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    net.eval()
    with torch.no_grad():
        val = nn.functional.mse_loss(net(Xv), yv).item()
    if epoch == 0:
        print("first", loss.item(), val)
    if val < best:
        best, state, wait = val, copy.deepcopy(net.state_dict()), 0
    else:
        wait += 1
        if wait == 20:
            break
net.load_state_dict(state)
print("stopped at", epoch, "train", loss.item(), "best validation", best)
