import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(300, 7)
y = (X[:, :3].sum(1) > 0).long()
sets = {"train": (X[:220], y[:220]), "val": (X[220:], y[220:])}
model = nn.Sequential(nn.Linear(7, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 2))
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(30):
    report = []
    for phase in ("train", "val"):
        model.train(phase == "train")
        xs, ys = sets[phase]
        with torch.set_grad_enabled(phase == "train"):
            out = model(xs)
            loss = nn.functional.cross_entropy(out, ys)
        if phase == "train":
            opt.zero_grad()
            loss.backward()
            opt.step()
        report.append(f"{phase} {loss.item():.3f}/{(out.argmax(1) == ys).float().mean():.3f}")
    if epoch % 6 == 0 or epoch == 29:
        print(epoch, *report)
