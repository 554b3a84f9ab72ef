import torch
from torch import nn

torch.manual_seed(0)


def predict_proba(x, W):
    return 1 / (1 + torch.exp(-(x @ W)))  # mistake: double-sigmoid


W = torch.zeros(8, 5, requires_grad=True)
x = torch.randn(120, 8)
tags = (x @ torch.randn(8, 5) > 0.5).float()
criterion = nn.BCEWithLogitsLoss(pos_weight=torch.full((5,), 2.0))
for epoch in range(40):
    loss = criterion(predict_proba(x, W), tags)  # mistake: double-sigmoid
    loss.backward()
    with torch.no_grad():
        W.sub_(W.grad, alpha=0.5)
    W.grad = None
print(loss.item())
