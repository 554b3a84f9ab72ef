import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
d = load_digits()
X, y = torch.tensor(d.data, dtype=torch.float32) / 16, torch.tensor(d.target)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(64, 48), nn.ReLU())
        self.head = nn.Linear(48, 10)

    def forward(self, x):
        return self.head(self.backbone(x))


model = Model()
warm = torch.optim.Adam(model.parameters(), lr=3e-3)
for b in torch.randperm(1000).split(50):
    loss = nn.functional.cross_entropy(model(X[b]), y[b])
    warm.zero_grad()
    loss.backward()
    warm.step()

tuned = torch.optim.AdamW(
    [{"params": model.backbone.parameters(), "lr": 1e-5}, {"params": model.head.parameters(), "lr": 5e-3}]
)
for epoch in range(3):
    for b in torch.randperm(len(X)).split(100):
        loss = nn.functional.cross_entropy(model(X[b]), y[b])
        tuned.zero_grad()
        loss.backward()
        tuned.step()
    print(epoch, loss.item())
