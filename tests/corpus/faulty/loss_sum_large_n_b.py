import torch
from torch import nn

torch.manual_seed(0)
N = 3000
x = torch.randn(N, 6)
y = x @ torch.randn(6, 1) + 0.5
layer = nn.Linear(6, 1)
criterion = nn.MSELoss(reduction="sum")  # mistake: loss-sum-large-n
opt = torch.optim.SGD(layer.parameters(), lr=0.01)
for epoch in range(12):
    opt.zero_grad()
    loss = criterion(layer(x), y)  # mistake: loss-sum-large-n
    loss.backward()
    opt.step()  # mistake: loss-sum-large-n
    print(epoch, loss.item() / N)
