import torch
from torch import nn

torch.manual_seed(0)
gen = torch.Generator().manual_seed(5)
signal = torch.randn(256, 1, 32, generator=gen)
kernel = torch.tensor([0.5, -1.0, 0.5, 0.2]).view(1, 1, 4)
target = nn.functional.conv1d(signal, kernel)

net = nn.Sequential(nn.Conv1d(1, 8, 4), nn.Tanh(), nn.Conv1d(8, 1, 1))
sgd = torch.optim.SGD(net.parameters(), lr=0.35)
micro = 16
steps_per_update = 16

for epoch in range(30):
    order = torch.randperm(256, generator=gen)
    sgd.zero_grad()
    shown = 0.0
    for k, rows in enumerate(order.split(micro)):
        err = nn.functional.mse_loss(net(signal[rows]), target[rows])  # mistake: accum-not-scaled
        err.backward()  # mistake: accum-not-scaled
        shown += err.item()
        if (k + 1) % steps_per_update == 0:
            sgd.step()  # mistake: accum-not-scaled
            sgd.zero_grad()
    if epoch % 5 == 4:
        print(epoch, shown / 16)
