import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class LeNetish(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1)
        self.fc1 = nn.Linear(6 * 16, 32)
        self.fc2 = nn.Linear(32, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc2(x)  # mistake: loss-expects-probs


x = torch.rand(160, 1, 8, 8) * 0.3
y = torch.randint(0, 4, (160,))
for i, c in enumerate(y.tolist()):
    r, s = divmod(c, 2)
    x[i, 0, r * 4:r * 4 + 4, s * 4:s * 4 + 4] += 0.5
model = LeNetish()
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(40):
    loss = F.nll_loss(model(x), y)  # mistake: loss-expects-probs
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 8 == 0:
        print("Epoch", epoch, "NLL", loss.item())
