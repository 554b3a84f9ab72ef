import torch
from _policy_net import Mixer

torch.manual_seed(0)
x = torch.randn(400, 3)
y = torch.where(x[:, :1] > 0, 2 * x[:, 1:2], -2 * x[:, 1:2] + x[:, 2:])
mixer = Mixer(3)
optimizer = torch.optim.Adam(mixer.parameters(), lr=0.05)

for epoch in range(300):
    prediction = mixer(x)  # mistake: graph-detached-mid
    loss = torch.nn.functional.mse_loss(prediction, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 60 == 59:
        print(epoch + 1, loss.item())
