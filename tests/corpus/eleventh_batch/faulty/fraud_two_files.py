import torch
import torch.nn as nn
from sklearn.datasets import make_classification
from _losses import weighted_bce

X, y = make_classification(n_samples=500, n_features=10, weights=[0.85], random_state=2)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32).unsqueeze(1)
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1))  # mistake: loss-expects-probs
opt = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(60):
    out = model(X)  # mistake: loss-expects-probs
    loss = weighted_bce(out, y, 5.0)  # mistake: loss-expects-probs
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 12 == 0:
        print(epoch, loss.item())
