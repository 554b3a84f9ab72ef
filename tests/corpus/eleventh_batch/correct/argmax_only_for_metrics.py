import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.metrics import f1_score

torch.manual_seed(0)
d = load_digits()
X, y = torch.tensor(d.data / 16, dtype=torch.float32), torch.tensor(d.target)
net = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Dropout(0.2), nn.Linear(48, 10))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(12):
    net.train()
    preds, truth = [], []
    for idx in torch.randperm(1500).split(100):
        logits = net(X[idx])
        preds.append(logits.argmax(1).detach().numpy())
        truth.append(y[idx].numpy())
        loss = nn.functional.cross_entropy(logits, y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        test = f1_score(y[1500:].numpy(), net(X[1500:]).argmax(1).numpy(), average="macro")
    if epoch % 3 == 2:
        acc = sum((p == t).sum() for p, t in zip(preds, truth)) / 1500
        print(epoch + 1, "train acc", acc, "test f1", test)
