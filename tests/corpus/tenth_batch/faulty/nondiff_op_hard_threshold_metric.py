import torch
import torch.nn as nn

torch.manual_seed(0)
# "maximise the F1 score directly"
X = torch.randn(300, 6)
y = ((X[:, 0] + X[:, 1] * X[:, 2]) > 0.7).float()
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def f1_loss(prob, target):
    pred = (prob > 0.5).float()  # mistake: nondiff-op
    tp = (pred * target).sum()
    fp = (pred * (1 - target)).sum()
    fn = ((1 - pred) * target).sum()
    return 1 - 2 * tp / (2 * tp + fp + fn + 1e-8)


for epoch in range(40):
    p = model(X).squeeze(1)
    loss = f1_loss(p, y)  # mistake: nondiff-op
    optimizer.zero_grad()
    loss.backward()  # mistake: nondiff-op
    optimizer.step()
    print(epoch, loss.item())
