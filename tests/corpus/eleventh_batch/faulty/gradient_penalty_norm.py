import torch

torch.manual_seed(0)
# penalise the length of the displacement of each atom from its start position
start = torch.rand(12, 3)
pos = start.clone().requires_grad_()
goal = torch.rand(3)
opt = torch.optim.SGD([pos], lr=0.1)
for it in range(100):
    attract = (pos.mean(0) - goal).square().sum()
    displacement = ((pos - start) ** 2).sum(1) ** 0.5  # mistake: sqrt-zero
    energy = attract + 0.01 * displacement.mean()
    opt.zero_grad()
    energy.backward()
    opt.step()
    if it % 20 == 0:
        print(it, energy.item())
