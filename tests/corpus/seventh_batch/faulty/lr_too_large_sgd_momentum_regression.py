import torch
from torch import nn

torch.manual_seed(0)
rooms = torch.randn(80, 4)
price = rooms @ torch.tensor([[3.0], [1.0], [-2.0], [0.5]]) + 1.0
model = nn.Linear(4, 1)
opt = torch.optim.SGD(model.parameters(), lr=1.8)  # mistake: lr-too-large
criterion = nn.MSELoss()
for epoch in range(25):
    opt.zero_grad()
    out = model(rooms)
    loss = criterion(out, price)
    loss.backward()
    opt.step()  # mistake: lr-too-large
    print("epoch {}, loss {}".format(epoch, loss.item()))
