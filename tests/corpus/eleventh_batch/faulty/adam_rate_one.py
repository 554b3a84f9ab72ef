import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
digits = load_digits()
X = torch.tensor(digits.data / 16.0, dtype=torch.float32)
y = torch.tensor(digits.target)
cfg = {"hidden": 64, "lr": 1.0, "batch": 128, "epochs": 8}  # mistake: lr-too-large

model = nn.Sequential(nn.Linear(64, cfg["hidden"]), nn.ReLU(), nn.Linear(cfg["hidden"], 32), nn.ReLU(), nn.Linear(32, 10))
opt = torch.optim.Adam(model.parameters(), lr=cfg["lr"])  # mistake: lr-too-large
for ep in range(cfg["epochs"]):
    perm = torch.randperm(len(X))
    hits = 0
    for idx in perm.split(cfg["batch"]):
        logits = model(X[idx])
        loss = nn.functional.cross_entropy(logits, y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()  # mistake: lr-too-large
        hits += (logits.argmax(1) == y[idx]).sum().item()
    print(f"{ep} loss {loss.item():.3f} acc {hits / len(X):.3f}")
