import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(3, 4); opt = torch.optim.Adam(net.parameters(), lr=0.01)
X = torch.randn(50, 3); y = (torch.randn(50, 4) > 0).float()
for i in range(30):
    opt.zero_grad()
    p = torch.special.expit(net(X))  # mistake: double-sigmoid
    nn.MultiLabelSoftMarginLoss()(p, y).backward()
    opt.step()
