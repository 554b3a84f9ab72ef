import torch
from torch import nn

torch.manual_seed(0)


class Tags(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(8, 16)
        self.out = nn.Linear(16, 5)

    def forward(self, x):
        return nn.functional.sigmoid(self.out(torch.relu(self.body(x))))  # mistake: double-sigmoid


net = Tags()
opt = torch.optim.AdamW(net.parameters(), lr=1e-2)
x = torch.randn(70, 8)
tags = (x[:, :5] > 0.3).float()
for epoch in range(20):
    loss = nn.functional.multilabel_soft_margin_loss(net(x), tags)  # mistake: double-sigmoid
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
