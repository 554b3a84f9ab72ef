import torch

torch.manual_seed(0)
k = torch.tensor([1.5], requires_grad=True)
x = torch.tensor([-1.0, 0.0, 0.5, 2.0])
opt = torch.optim.SGD([k], lr=0.1)
for e in range(5):
    shifted = x * k
    y = torch.where(shifted > 0, torch.log(shifted), torch.zeros_like(shifted))  # mistake: where-nan
    loss = (y - 1).pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(e, loss.item(), k.item())
