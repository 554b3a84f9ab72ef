import copy
from collections import defaultdict, deque

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)
np.random.seed(0)
X = torch.randn(300, 8)
y = (X[:, 0] + 0.5 * X[:, 1] > 0).long()
train, val = random_split(TensorDataset(X, y), [240, 60])
loader, val_loader = DataLoader(train, 40, shuffle=True, drop_last=True), DataLoader(val, 60)
net = nn.Sequential(nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU(inplace=True), nn.Dropout(0.2), nn.Linear(32, 2))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
sched = torch.optim.lr_scheduler.StepLR(opt, 2, 0.5)
criterion = nn.CrossEntropyLoss()
history, window, preds = defaultdict(list), deque(maxlen=20), []
best, best_state = 0.0, None
for epoch in range(5):
    net.train()
    total, correct, seen = 0.0, 0, 0
    running = torch.zeros(1)
    grads = []
    for i, (a, b) in enumerate(loader):
        opt.zero_grad()
        out = net(a)
        loss = criterion(out, b)
        l1 = sum(p.abs().sum() for p in net.parameters())
        (loss + 1e-5 * l1).backward()
        norm = sum(p.grad.norm().item() ** 2 for p in net.parameters()) ** 0.5
        grads.append(norm)
        opt.step()
        total += loss.item() * a.size(0)
        running += loss.detach() * a.size(0)
        correct += (out.argmax(dim=1) == b).sum().item()
        correct_t = (out.detach().argmax(1) == b).float().mean()
        seen += len(b)
        window.append(loss.item())
        history["loss"].append(float(loss))
        history["acc"].append(correct_t)
        preds.append(out.detach().softmax(1).numpy())
    sched.step()
    net.eval()
    hits = 0
    with torch.no_grad():
        for a, b in val_loader:
            p = torch.softmax(net(a), dim=-1)
            hits += (p.max(1)[1] == b).sum()
            v = criterion(net(a), b)
    acc = hits.item() / len(val)
    if acc > best:
        best, best_state = acc, copy.deepcopy(net.state_dict())
    print(f"{epoch} {total / seen:.3f} {correct / seen:.3f} {running.item() / seen:.3f} {acc:.3f} {np.mean(grads):.2f} {v:.3f}")
net.load_state_dict(best_state)
print(np.concatenate(preds).shape, np.std(list(window)))
