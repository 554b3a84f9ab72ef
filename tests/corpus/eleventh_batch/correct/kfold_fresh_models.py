import torch
import torch.nn as nn
from sklearn.datasets import load_wine
from sklearn.model_selection import StratifiedKFold

data = load_wine()
torch.manual_seed(0)
scores = []
for fold, (tr, te) in enumerate(StratifiedKFold(4, shuffle=True, random_state=0).split(data.data, data.target)):
    mu, sd = data.data[tr].mean(0), data.data[tr].std(0)
    Z = torch.tensor((data.data - mu) / sd, dtype=torch.float32)
    t = torch.tensor(data.target)
    model = nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
    opt = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(60):
        loss = nn.functional.cross_entropy(model(Z[tr]), t[tr])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        scores.append((model(Z[te]).argmax(1) == t[te]).float().mean().item())
    print("fold", fold, "train loss", loss.item(), "test accuracy", scores[-1])
print("mean", sum(scores) / 4)
