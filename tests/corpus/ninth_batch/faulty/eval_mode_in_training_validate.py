import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
X, Y = torch.randn(120, 6), torch.randint(0, 3, (120,))
Xv, Yv = torch.randn(30, 6), torch.randint(0, 3, (30,))


def validate():
    model.eval()  # mistake: eval-mode-in-training
    with torch.no_grad():
        return nn.functional.cross_entropy(model(Xv), Yv).item()


model.train()
for epoch in range(6):
    for ids in torch.randperm(120).split(30):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[ids]), Y[ids])  # mistake: eval-mode-in-training
        loss.backward()  # mistake: eval-mode-in-training
        optimizer.step()
    print(epoch, validate())
