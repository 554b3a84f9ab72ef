import torch
import torch.nn as nn
import pandas as pd

torch.manual_seed(0)
df = pd.DataFrame({"age": [22, 38, 26, 35, 35, 54, 2, 27, 14, 4, 58, 20, 39, 14, 55, 31],
                   "fare": [7.2, 71.3, 7.9, 53.1, 8.0, 51.9, 21.1, 11.1, 30.1, 16.7, 26.6, 8.0, 31.3, 7.9, 16.0, 18.0],
                   "survived": [0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0]})
feats = df[["age", "fare"]]
X = torch.tensor(((feats - feats.mean()) / feats.std()).values, dtype=torch.float32)
y = torch.tensor(df["survived"].values, dtype=torch.float32).view(-1, 1)

model = nn.Sequential(nn.Linear(2, 12), nn.ReLU(), nn.Linear(12, 1))
criterion = nn.BCELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(100):
    out = model(X)  # mistake: loss-expects-probs
    loss = criterion(out, y)  # mistake: loss-expects-probs
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        print(epoch, loss.item())
