import torch
from torch import nn

torch.manual_seed(0)
random_features = nn.Sequential(nn.Linear(5, 40), nn.ReLU()).requires_grad_(False)
probe = nn.Linear(40, 4)
nn.init.zeros_(probe.weight)
nn.init.zeros_(probe.bias)
opt = torch.optim.SGD(probe.parameters(), lr=0.2)
x = torch.randn(100, 5)
y = x[:, :4].argmax(1)
with torch.no_grad():
    f = random_features(x)
for epoch in range(20):
    loss = nn.functional.cross_entropy(probe(f), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
