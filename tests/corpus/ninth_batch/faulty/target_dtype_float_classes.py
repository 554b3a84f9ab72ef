import torch
from torch import nn

torch.manual_seed(0)
table = torch.cat([torch.randn(40, 4), torch.randint(0, 3, (40, 1)).float()], dim=1)
X, y = table[:, :4], table[:, 4]  # mistake: target-dtype
model = nn.Linear(4, 3)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(5):
    opt.zero_grad()
    loss = nn.CrossEntropyLoss()(model(X), y)  # mistake: target-dtype
    loss.backward()
    opt.step()
