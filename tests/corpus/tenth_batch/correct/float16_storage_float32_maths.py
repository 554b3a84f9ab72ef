# features are stored in half precision to save memory, all arithmetic is in single precision
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
d = load_digits()
store = torch.tensor(d.data / 16).half()
y = torch.tensor(d.target)
net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(4):
    hits = 0
    for b in torch.randperm(len(store)).split(128):
        out = net(store[b].float())
        loss = nn.functional.cross_entropy(out, y[b])
        opt.zero_grad()
        loss.backward()
        opt.step()
        hits += (out.argmax(1) == y[b]).sum().item()
    print(epoch, loss.item(), hits / len(y))
half_copy = {k: v.half() for k, v in net.state_dict().items()}
print(sum(v.numel() * 2 for v in half_copy.values()), "bytes")
