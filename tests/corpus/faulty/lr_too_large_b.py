import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.linspace(-3, 3, 200).unsqueeze(1)
y = torch.sin(x)
net = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1))
sgd = torch.optim.SGD(net.parameters(), lr=1.5)  # mistake: lr-too-large
loader = DataLoader(TensorDataset(x, y), batch_size=50, shuffle=True)
for epoch in range(15):
    for a, b in loader:
        loss = ((net(a) - b) ** 2).mean()
        sgd.zero_grad()
        loss.backward()
        sgd.step()  # mistake: lr-too-large
    print(epoch, loss.item())
