import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

data = load_wine()
Xtr, Xte, ytr, yte = train_test_split(data.data, data.target, test_size=0.3, random_state=0, stratify=data.target)
Xtr, Xte = torch.tensor(Xtr, dtype=torch.float32), torch.tensor(Xte, dtype=torch.float32)  # mistake: input-unscaled
ytr, yte = torch.tensor(ytr), torch.tensor(yte)
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(13, 32), nn.Tanh(), nn.Linear(32, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for epoch in range(100):
    loss = nn.functional.cross_entropy(net(Xtr), ytr)  # mistake: input-unscaled
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 20 == 19:
        with torch.no_grad():
            print(epoch + 1, loss.item(), "test", (net(Xte).argmax(1) == yte).float().mean().item())
