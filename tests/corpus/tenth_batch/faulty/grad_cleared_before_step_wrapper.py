import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer

torch.manual_seed(3)
data = load_breast_cancer()
feats = torch.tensor(data.data, dtype=torch.float32)
feats = (feats - feats.mean(0)) / feats.std(0)
labels = torch.tensor(data.target, dtype=torch.float32)


class Trainer:
    def __init__(self, net, lr):
        self.net = net
        self.optim = torch.optim.Adam(net.parameters(), lr=lr)
        self.criterion = nn.BCEWithLogitsLoss()

    def compute(self, xb, yb):
        loss = self.criterion(self.net(xb).squeeze(1), yb)
        loss.backward()
        return loss.detach()

    def update(self):
        self.optim.zero_grad()  # mistake: grad-cleared-before-step
        self.optim.step()  # mistake: grad-cleared-before-step

    def fit(self, epochs, batch):
        for ep in range(epochs):
            total = 0.0
            for idx in torch.randperm(len(feats)).split(batch):
                total += self.compute(feats[idx], labels[idx]).item() * len(idx)
                self.update()  # mistake: grad-cleared-before-step
            print(f"epoch {ep}: {total / len(feats):.4f}")


net = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
Trainer(net, 3e-3).fit(6, 64)
