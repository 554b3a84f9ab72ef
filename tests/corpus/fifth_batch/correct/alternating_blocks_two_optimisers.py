import torch

torch.manual_seed(0)
M = torch.randn(20, 3) @ torch.randn(3, 15)
U = (torch.randn(20, 3) * 0.3).requires_grad_()
V = (torch.randn(3, 15) * 0.3).requires_grad_()
ou, ov = torch.optim.SGD([U], lr=0.5), torch.optim.SGD([V], lr=0.5)
for k in range(60):
    for opt in (ou, ov):
        loss = (U @ V - M).pow(2).mean()
        ou.zero_grad()
        ov.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())
