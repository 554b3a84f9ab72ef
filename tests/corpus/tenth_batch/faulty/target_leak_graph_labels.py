# label propagation with a neighbour average that also counts the node itself
import torch
import torch.nn as nn

torch.manual_seed(1)
n = 120
pos = torch.rand(n, 2)
value = torch.sin(5 * pos[:, 0]) + torch.cos(4 * pos[:, 1]) + 0.3 * torch.randn(n)
train = torch.rand(n) < 0.7


def inputs(ids):
    near = torch.cdist(pos[ids], pos[train]).topk(3, largest=False).indices  # mistake: target-leak
    return torch.cat([pos[ids], value[train][near]], 1)  # mistake: target-leak


ids_tr, ids_te = train.nonzero().flatten(), (~train).nonzero().flatten()
x_tr, x_te = inputs(ids_tr), inputs(ids_te)
net = nn.Sequential(nn.Linear(5, 24), nn.Tanh(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(200):
    loss = nn.functional.mse_loss(net(x_tr).squeeze(1), value[ids_tr])  # mistake: target-leak
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 40 == 39:
        with torch.no_grad():
            test = nn.functional.mse_loss(net(x_te).squeeze(1), value[ids_te])
        print(epoch, loss.item(), test.item())
