import torch
import torch.nn as nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
X = torch.tensor(load_digits().data / 16, dtype=torch.float32)
ae = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 64))
criterion = nn.MSELoss(reduction="sum")  # mistake: loss-sum-large-n
opt = torch.optim.SGD(ae.parameters(), lr=0.1)

for epoch in range(60):
    recon = ae(X)
    loss = criterion(recon, X)  # mistake: loss-sum-large-n
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: loss-sum-large-n
    if epoch % 10 == 0:
        print(f"epoch {epoch} reconstruction {loss.item():.5g}")
