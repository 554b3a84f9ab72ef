import torch
import torch.nn as nn
from sklearn.datasets import make_moons

torch.manual_seed(0)
pts, lab = make_moons(300, noise=0.1, random_state=1)
X = torch.tensor(pts).half()
y = torch.tensor(lab)
net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2)).half()  # mistake: half-precision
opt = torch.optim.Adam(net.parameters(), lr=1e-2)  # mistake: half-precision
for epoch in range(60):
    loss = nn.functional.cross_entropy(net(X).float(), y)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: half-precision
    if epoch % 10 == 0:
        print(epoch, loss.item())
