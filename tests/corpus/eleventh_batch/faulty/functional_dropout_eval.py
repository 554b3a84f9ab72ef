import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(6, 32)
        self.b = nn.Linear(32, 3)

    def forward(self, x):
        h = F.relu(self.a(x))
        h = F.dropout(h, 0.6)  # mistake: train-mode-at-eval
        return self.b(h)


X = torch.randn(300, 6)
y = X[:, :3].argmax(1)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(100):
    net.train()
    loss = F.cross_entropy(net(X[:200]), y[:200])
    opt.zero_grad()
    loss.backward()
    opt.step()
net.eval()
with torch.no_grad():
    for k in range(3):
        out = net(X[200:])  # mistake: train-mode-at-eval
        print("run", k, "accuracy", (out.argmax(1) == y[200:]).float().mean().item())
