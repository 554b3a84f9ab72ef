import torch
from torch import nn

torch.manual_seed(0)
trunk = nn.Sequential(nn.Linear(6, 20), nn.ReLU())
heads = nn.ModuleDict({"colour": nn.Linear(20, 3), "weight": nn.Linear(20, 1)})
opt = torch.optim.Adam([*trunk.parameters(), *heads.parameters()], lr=5e-3)
x = torch.randn(120, 6)
colour = x[:, :3].argmax(1)
weight = x[:, 3:].sum(1, keepdim=True)
for step in range(30):
    task = ("colour", "weight")[step % 2]
    part = torch.randint(0, 120, (30,))
    out = heads[task](trunk(x[part]))
    if task == "colour":
        loss = nn.functional.cross_entropy(out, colour[part])
    else:
        loss = nn.functional.mse_loss(out, weight[part])
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, task, loss.item())
