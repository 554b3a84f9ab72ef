import torch
from torch import nn

torch.manual_seed(2)
net = nn.Sequential(nn.Linear(7, 14), nn.GELU(), nn.Linear(14, 3))
optimiser = torch.optim.NAdam(net.parameters(), lr=2e-3)
inputs = torch.randn(90, 7)
classes = inputs[:, :3].argmax(1)
update_every = 8
batches = list(zip(inputs.split(15), classes.split(15)))
for epoch in range(4):
    for number, (xb, yb) in enumerate(batches):
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(net(xb), yb)
        loss.backward()  # mistake: step-missing
        if (number + 1) % update_every == 0:  # mistake: step-missing
            optimiser.step()  # mistake: step-missing
    print(epoch, loss.item())
