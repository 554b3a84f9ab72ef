import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(300, 4)
y = (X[:, 0] > 1).long()
weights = torch.where(y == 1, 3.0, 1.0)
model = nn.Linear(4, 2)
criterion = nn.CrossEntropyLoss(reduction="none")
opt = torch.optim.Adam(model.parameters(), lr=0.05)
for epoch in range(60):
    opt.zero_grad()
    loss = criterion(model(X), y) * weights  # mistake: loss-nonscalar
    loss.backward()  # mistake: loss-nonscalar
    opt.step()
    if epoch % 10 == 0:
        print(epoch, loss.mean().item())
