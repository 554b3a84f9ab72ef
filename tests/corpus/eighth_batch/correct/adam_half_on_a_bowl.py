import torch

torch.manual_seed(0)
target = torch.tensor([3.0, -4.0])
p = torch.zeros(2, requires_grad=True)
opt = torch.optim.Adam([p], lr=0.5)
for step in range(60):
    loss = ((p - target) ** 2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 10 == 0:
        print(step, loss.item())
