import torch

torch.manual_seed(0)
R = torch.rand(25, 3) @ torch.rand(3, 18)
U, V = torch.rand(25, 3), torch.rand(18, 3)
U.requires_grad_()
V.requires_grad_()
opt_u, opt_v = torch.optim.SGD([U], lr=1.0), torch.optim.SGD([V], lr=1.0)
for it in range(600):
    active = opt_u if it % 2 == 0 else opt_v
    loss = (R - U @ V.T).square().mean()
    opt_u.zero_grad()
    opt_v.zero_grad()
    loss.backward()
    active.step()
    with torch.no_grad():
        U.clamp_(min=0)
        V.clamp_(min=0)
    if it % 100 == 0 or it == 599:
        print(it, loss.item())
