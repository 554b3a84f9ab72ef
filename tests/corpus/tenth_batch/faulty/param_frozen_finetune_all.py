import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
X = torch.tensor(d.images, dtype=torch.float32)[:, None] / 16
y = torch.tensor(d.target)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
        self.classifier = nn.Linear(72, 2)

    def forward(self, x):
        return self.classifier(self.features(x))


def fit(net, X, y, epochs, lr):
    opt = torch.optim.Adam([p for p in net.parameters() if p.requires_grad] or net.parameters(), lr=lr)
    for ep in range(epochs):
        for idx in torch.randperm(len(X)).split(256):
            loss = nn.functional.cross_entropy(net(X[idx]), y[idx])
            opt.zero_grad()
            loss.backward()  # mistake: param-frozen
            opt.step()
        print(ep, loss.item())


net = Net()
fit(net, X, y % 2, 2, 5e-3)
net.classifier = nn.Linear(72, 10)
for name, p in net.named_parameters():
    if "features" or "conv" in name:  # mistake: param-frozen
        p.requires_grad = False  # mistake: param-frozen
fit(net, X, y, 6, 5e-3)  # mistake: param-frozen
