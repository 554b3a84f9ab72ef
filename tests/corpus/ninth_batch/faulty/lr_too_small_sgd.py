import torch
from torch import nn

torch.manual_seed(0)
# y = sin(x), the net should fit this easily but the loss stays at the same number
x = torch.linspace(-3, 3, 100)[:, None]
y = torch.sin(x)
net = nn.Sequential(nn.Linear(1, 30), nn.Tanh(), nn.Linear(30, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=1e-7)  # mistake: lr-too-small
loss_fn = nn.MSELoss()
for epoch in range(100):
    prediction = net(x)
    loss = loss_fn(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # mistake: lr-too-small
    if epoch % 20 == 0:
        print(epoch, loss.item())
