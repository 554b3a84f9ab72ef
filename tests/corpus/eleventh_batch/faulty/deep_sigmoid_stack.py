import torch
import torch.nn as nn

torch.manual_seed(0)


def mlp(depth, width, act):
    layers = [nn.Linear(2, width), act()]
    for _ in range(depth):
        layers += [nn.Linear(width, width), act()]
    return nn.Sequential(*layers, nn.Linear(width, 1))


X = torch.randn(256, 2)
y = ((X[:, 0] * X[:, 1]) > 0).float().unsqueeze(1)
net = mlp(10, 16, nn.Sigmoid)  # mistake: vanishing-grad
opt = torch.optim.Adam(net.parameters(), lr=0.005)
for epoch in range(200):
    loss = nn.functional.binary_cross_entropy_with_logits(net(X), y)  # mistake: vanishing-grad
    opt.zero_grad()
    loss.backward()  # mistake: vanishing-grad
    opt.step()
    if epoch % 40 == 39:
        print(epoch + 1, loss.item())
