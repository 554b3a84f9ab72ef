# after training, gradients with respect to the input are looked at; no update is meant
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
d = load_digits()
X, y = torch.tensor(d.data, dtype=torch.float32) / 16, torch.tensor(d.target)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(4):
    for b in torch.randperm(len(X)).split(100):
        loss = nn.functional.cross_entropy(net(X[b]), y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())

net.requires_grad_(False)
maps = torch.zeros(10, 64)
for digit in range(10):
    probe = X[y == digit][:20].clone().requires_grad_()
    net(probe)[:, digit].sum().backward()
    maps[digit] = probe.grad.abs().mean(0)
print("most used pixel of each digit", maps.argmax(1).tolist())
