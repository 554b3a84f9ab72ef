import torch
import torch.nn as nn

torch.manual_seed(0)
# prediction on a drifting test stream
X = torch.randn(300, 4)
y = (X @ torch.tensor([1.0, 2.0, -1.0, 0.5]) + 3).unsqueeze(1)
model = nn.Sequential(nn.Linear(4, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(150):
    for idx in torch.randperm(300).split(100):
        loss = nn.functional.mse_loss(model(X[idx]), y[idx])
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 50 == 49:
        print(epoch + 1, loss.item())

stream = torch.randn(40, 4) * 0.3 + torch.tensor([1.0, 0.5, 0.0, 0.0])
truth = (stream @ torch.tensor([1.0, 2.0, -1.0, 0.5]) + 3).unsqueeze(1)
with torch.no_grad():
    errs = [(model(s) - t).abs().mean().item() for s, t in zip(stream.split(8), truth.split(8))]  # mistake: train-mode-at-eval
print("stream error", sum(errs) / len(errs))
