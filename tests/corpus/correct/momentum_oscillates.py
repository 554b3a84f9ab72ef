import torch

torch.manual_seed(0)
A = torch.randn(50, 8) * torch.tensor([3.0, 1, 1, 1, 1, 1, 1, 0.3])
b = A @ torch.ones(8)
w = torch.zeros(8, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.25, momentum=0.9)
for k in range(40):
    opt.zero_grad()
    loss = (A @ w - b).square().mean()
    loss.backward()
    opt.step()
    print(k, float(loss))
