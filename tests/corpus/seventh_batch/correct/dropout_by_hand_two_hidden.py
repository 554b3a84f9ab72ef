import torch
from torch import nn

torch.manual_seed(0)


def dropout_layer(X, p):
    if p == 1:
        return torch.zeros_like(X)
    mask = (torch.rand(X.shape) > p).float()
    return mask * X / (1.0 - p)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin1, self.lin2, self.lin3 = nn.Linear(6, 20), nn.Linear(20, 20), nn.Linear(20, 3)

    def forward(self, X):
        H1 = torch.relu(self.lin1(X))
        if self.training:
            H1 = dropout_layer(H1, 0.2)
        H2 = torch.relu(self.lin2(H1))
        if self.training:
            H2 = dropout_layer(H2, 0.5)
        return self.lin3(H2)


net = Net()
trainer = torch.optim.SGD(net.parameters(), lr=0.3)
X = torch.randn(120, 6)
y = X[:, :3].argmax(1)
for epoch in range(6):
    net.train()
    for i in torch.randperm(120).split(40):
        trainer.zero_grad()
        l = nn.functional.cross_entropy(net(X[i]), y[i])
        l.backward()
        trainer.step()
    net.eval()
    with torch.no_grad():
        print(epoch, (net(X).argmax(1) == y).float().mean().item())
