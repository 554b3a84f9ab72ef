import torch
from torch import nn
torch.manual_seed(0)
lin = nn.Linear(4, 2); opt = torch.optim.SGD(lin.parameters(), lr=0.1)
X = torch.randn(30, 4); y = torch.randint(0, 2, (30,))
torch.set_grad_enabled(False)  # mistake: forward-no-grad
for i in range(3):
    loss = nn.CrossEntropyLoss()(lin(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
