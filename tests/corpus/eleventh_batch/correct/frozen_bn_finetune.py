import torch
import torch.nn as nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU())
        self.head = nn.Linear(32, 1)

    def forward(self, x):
        return self.head(self.body(x))

    def freeze_bn(self):
        for m in self.modules():
            if isinstance(m, nn.BatchNorm1d):
                m.eval()


def run(net, X, y, steps, lr, bs, freeze):
    opt = torch.optim.Adam(net.parameters(), lr=lr)
    for k in range(steps):
        net.train()
        if freeze:
            net.freeze_bn()  # batches of four are too small for statistics
        i = torch.randint(0, len(X), (bs,))
        loss = nn.functional.mse_loss(net(X[i]), y[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        return nn.functional.mse_loss(net(X), y).item()


X = torch.randn(500, 8)
y = X[:, :1].abs() + X[:, 1:2]
net = Net()
print("source", run(net, X, y, 300, 0.01, 64, False))
Xt, yt = X[:60] + 0.1, y[:60] + 0.8 * X[:60, 2:3]
net.eval()
print("before fine-tuning", nn.functional.mse_loss(net(Xt), yt).item())
print("after fine-tuning", run(net, Xt, yt, 400, 0.002, 4, True))
