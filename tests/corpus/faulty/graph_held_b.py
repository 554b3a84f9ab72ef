import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
loader = DataLoader(TensorDataset(torch.randn(160, 5), torch.randint(0, 3, (160,))), batch_size=16)
model = nn.Sequential(nn.Linear(5, 20), nn.ReLU(), nn.Linear(20, 3))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(3):
    running_loss = 0
    for x, y in loader:
        opt.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
        running_loss += loss  # mistake: graph-held
    print(f"{epoch}: {running_loss / len(loader):.3f}")
