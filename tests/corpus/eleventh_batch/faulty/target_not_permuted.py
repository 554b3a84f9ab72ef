import torch
import torch.nn as nn


def minibatches(x, y, size):
    order = torch.randperm(x.size(0))
    for s in range(0, x.size(0), size):
        yield x[order[s:s + size]], y[s:s + size]  # mistake: shuffle-mismatch


torch.manual_seed(0)
spectrum = torch.rand(240, 12)
conc = (spectrum[:, 3] * 2 + spectrum[:, 8]).unsqueeze(1)
model = nn.Sequential(nn.Linear(12, 16), nn.Softplus(), nn.Linear(16, 1))
adam = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(40):
    tot = 0.0
    for xb, yb in minibatches(spectrum, conc, 24):
        adam.zero_grad()
        mse = nn.functional.mse_loss(model(xb), yb)
        mse.backward()
        adam.step()
        tot += mse.item()
    if epoch % 8 == 7:
        print(epoch + 1, tot / 10)
