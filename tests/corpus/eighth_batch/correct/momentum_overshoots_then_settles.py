import torch

torch.manual_seed(0)
A = torch.diag(torch.tensor([1.0, 0.2]))
p = torch.tensor([2.0, 3.0], requires_grad=True)
opt = torch.optim.SGD([p], lr=0.3, momentum=0.9)
for step in range(80):
    loss = 0.5 * p @ A @ p
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 10 == 0:
        print(step, loss.item())
