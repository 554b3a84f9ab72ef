import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
xs, ys = torch.randn(128, 6), torch.randint(0, 2, (128,))
xv, yv = torch.randn(32, 6), torch.randint(0, 2, (32,))


def validate():
    model.eval()  # mistake: eval-mode-in-training
    with torch.no_grad():
        return (model(xv).argmax(1) == yv).float().mean().item()


model.train()
for epoch in range(5):
    for i in range(0, 128, 32):
        out = model(xs[i : i + 32])  # mistake: eval-mode-in-training
        loss = nn.functional.cross_entropy(out, ys[i : i + 32])
        opt.zero_grad()
        loss.backward()  # mistake: eval-mode-in-training
        opt.step()
    print(epoch, validate())
