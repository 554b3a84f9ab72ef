import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
digits = load_digits()
X = torch.tensor(digits.data / 16).half()  # mistake: half-precision
y = torch.tensor(digits.target)


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(64, 32)
        self.b = nn.Linear(32, 10)

    def forward(self, x):
        return self.b(torch.relu(self.a(x)))


net = Small().half()  # mistake: half-precision
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)  # mistake: half-precision
for epoch in range(3):
    for b in torch.randperm(len(X)).split(128):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(X[b]).float(), y[b])
        loss.backward()
        optimizer.step()  # mistake: half-precision
    print(epoch, loss.item())
