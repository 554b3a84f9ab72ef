import torch
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "none": nn.Identity}


def mlp(sizes, hidden="relu", final="none"):
    layers = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(a, b))
        layers.append(ACTIVATIONS[final if i == len(sizes) - 2 else hidden]())
    return nn.Sequential(*layers)


torch.manual_seed(0)
x = torch.randn(150, 5)
y = ((x**2).sum(1) > 5).float()
net = mlp([5, 20, 1], final="sigmoid")  # mistake: double-sigmoid
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
bce = nn.BCEWithLogitsLoss()  # mistake: double-sigmoid
for epoch in range(30):
    p = net(x).squeeze()  # mistake: double-sigmoid
    loss = bce(p, y)  # mistake: double-sigmoid
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 10 == 0:
        print(epoch, loss.item(), ((p > 0.5).float() == y).float().mean().item())
