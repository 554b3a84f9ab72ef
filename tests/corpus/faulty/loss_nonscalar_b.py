import torch
from torch import nn

torch.manual_seed(0)
critic = nn.BCEWithLogitsLoss(reduction="none")
model = nn.Linear(6, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(12, 6)
weights = torch.rand(12, 1)
y = torch.randint(0, 2, (12, 1)).float()
for _ in range(5):
    loss = weights * critic(model(x), y)  # mistake: loss-nonscalar
    opt.zero_grad()
    loss.backward()  # mistake: loss-nonscalar
    opt.step()
