import torch
import torch.nn as nn

torch.manual_seed(0)


def stage(i, o):
    return nn.Sequential(nn.Linear(i, o, bias=False), nn.BatchNorm1d(o), nn.ReLU())


X = torch.randn(300, 10)
y = (X[:, 0] * X[:, 1] > 0).long()
model = nn.Sequential(stage(10, 32), *[stage(32, 32) for _ in range(9)], nn.Linear(32, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)


def accuracy():
    model.eval()  # mistake: eval-mode-in-training
    with torch.no_grad():
        return (model(X).argmax(1) == y).float().mean().item()


print("before training", accuracy())
for epoch in range(30):
    for idx in torch.randperm(300).split(50):
        loss = nn.functional.cross_entropy(model(X[idx]), y[idx])  # mistake: eval-mode-in-training
        opt.zero_grad()
        loss.backward()  # mistake: eval-mode-in-training
        opt.step()
    if epoch % 6 == 5:
        print(epoch + 1, loss.item(), accuracy())
