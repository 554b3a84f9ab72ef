import numpy as np
import torch

rng = np.random.default_rng(4)
Z = rng.normal(size=(500, 3))
counts = rng.poisson(np.exp(0.6 * Z[:, 0] - 0.4 * Z[:, 2] + 1.0))
x = torch.tensor(Z, dtype=torch.float32)
k = torch.tensor(counts)  # int64: they are counts
assert k.dtype == torch.int64
lin = torch.nn.Linear(3, 1)
loss_fn = torch.nn.PoissonNLLLoss(log_input=True)
opt = torch.optim.Adam(lin.parameters(), lr=0.03)
for it in range(200):
    loss = loss_fn(lin(x).squeeze(1), k.float())
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 40 == 0 or it == 199:
        print(it, loss.item(), [round(v, 2) for v in lin.weight[0].tolist()], round(lin.bias.item(), 2))
