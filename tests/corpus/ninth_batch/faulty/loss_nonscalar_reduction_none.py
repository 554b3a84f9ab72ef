import torch
from torch import nn

torch.manual_seed(0)
sample_weight = torch.rand(32)
model = nn.Linear(6, 1)
opt = torch.optim.Adam(model.parameters())
criterion = nn.BCEWithLogitsLoss(reduction="none")  # mistake: loss-nonscalar
x = torch.randn(32, 6)
y = (torch.rand(32) > 0.5).float()
for epoch in range(3):
    opt.zero_grad()
    loss = criterion(model(x).flatten(), y) * sample_weight  # mistake: loss-nonscalar
    loss.backward()  # mistake: loss-nonscalar
    opt.step()
