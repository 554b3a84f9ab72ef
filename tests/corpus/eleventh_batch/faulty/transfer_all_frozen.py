import torch
from torch import nn

torch.manual_seed(0)
backbone = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU())


class Classifier(nn.Module):
    def __init__(self, body, n_out):
        super().__init__()
        self.body = body
        self.head = nn.Linear(32, n_out)

    def forward(self, x):
        return self.head(self.body(x))


def freeze(module):
    for p in module.parameters():
        p.requires_grad_(False)


model = Classifier(backbone, 3)
freeze(model)  # mistake: param-frozen
opt = torch.optim.Adam(model.head.parameters(), lr=1e-2)
X = torch.randn(150, 20)
y = X[:, :3].argmax(1)
for epoch in range(50):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(model(X), y)
    loss.backward()  # mistake: param-frozen
    opt.step()
    if epoch % 10 == 0:
        print(epoch, loss.item())
