import torch
import torch.nn as nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(8, 16)

    def forward(self, x):
        h = torch.relu(self.body(x))
        return nn.Linear(16, 3)(h)  # mistake: param-reinit | param-not-in-optimizer


torch.manual_seed(0)
net = Classifier()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(50, 8)
y = x[:, :3].argmax(-1)
for it in range(20):
    logits = net(x)
    loss = nn.functional.cross_entropy(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, loss.item())
