import numpy as np
import torch

rng = np.random.default_rng(1)
rets = torch.tensor(rng.normal([0.001, 0.0005, 0.002, -0.0005], [0.01, 0.005, 0.02, 0.01], size=(500, 4)), dtype=torch.float32)
scores = torch.zeros(4, requires_grad=True)
opt = torch.optim.Adam([scores], lr=0.05)

for step in range(100):
    weights = torch.softmax(scores, 0)
    daily = (rets * weights).sum(1).detach().numpy()  # mistake: graph-broken
    sharpe = daily.mean() / daily.std() * np.sqrt(252)
    loss = torch.tensor(-sharpe, requires_grad=True)  # mistake: graph-broken
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 20 == 0:
        print(step, "sharpe", float(sharpe), weights.tolist())
