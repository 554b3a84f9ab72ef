import numpy as np
import pandas as pd
import torch

rng = np.random.default_rng(3)
df = pd.DataFrame(rng.normal(size=(250, 4)), columns=["bmi", "bp", "glucose", "age"])
df["outcome"] = (df.bmi + 0.5 * df.glucose + rng.normal(size=250) > 0).astype(float)

label = torch.tensor(df["outcome"].to_numpy(), dtype=torch.float32)
inputs = torch.tensor(df.to_numpy(), dtype=torch.float32)  # mistake: target-leak
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(inputs.shape[1], 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
loss_fn = torch.nn.BCEWithLogitsLoss()
for epoch in range(150):
    optimizer.zero_grad()
    out = net(inputs).flatten()  # mistake: target-leak
    loss = loss_fn(out, label)
    loss.backward()
    optimizer.step()
    if epoch % 30 == 29:
        print(epoch + 1, round(loss.item(), 4), "accuracy", ((out > 0) == label.bool()).float().mean().item())
