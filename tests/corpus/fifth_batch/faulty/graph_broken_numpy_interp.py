import numpy as np
import torch

torch.manual_seed(0)
grid = np.linspace(0, 1, 50)
target = torch.tensor(np.sin(6 * grid), dtype=torch.float32)
knots = torch.zeros(8, requires_grad=True)
optimizer = torch.optim.Adam([knots], lr=0.05)
for it in range(10):
    curve = np.interp(grid, np.linspace(0, 1, 8), knots.detach().numpy())  # mistake: graph-broken
    loss = (torch.from_numpy(curve).float() - target).square().mean()
    loss.requires_grad_()  # mistake: graph-broken
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
