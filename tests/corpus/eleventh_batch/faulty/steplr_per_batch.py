import torch
import torch.nn as nn
from sklearn.datasets import load_wine

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = torch.tensor((X - X.mean(0)) / X.std(0), dtype=torch.float32)
y = torch.tensor(y)
model = nn.Linear(13, 3)
opt = torch.optim.SGD(model.parameters(), lr=0.01)
sched = torch.optim.lr_scheduler.StepLR(opt, step_size=5, gamma=0.1)

for epoch in range(30):
    perm = torch.randperm(len(X))
    for idx in perm.split(16):
        loss = nn.functional.cross_entropy(model(X[idx]), y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()  # mistake: lr-decayed-to-zero
        sched.step()  # mistake: lr-decayed-to-zero
    if epoch % 5 == 0:
        with torch.no_grad():
            print(epoch, nn.functional.cross_entropy(model(X), y).item())
