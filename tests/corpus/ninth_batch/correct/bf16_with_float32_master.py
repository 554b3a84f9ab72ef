import torch

torch.manual_seed(0)
master = torch.zeros(6)
x = torch.randn(50, 6)
y = x @ torch.linspace(-1, 1, 6)
for it in range(60):
    w = master.to(torch.bfloat16).requires_grad_()
    loss = (x.to(torch.bfloat16) @ w - y.to(torch.bfloat16)).float().pow(2).mean()
    loss.backward()
    master -= 0.1 * w.grad.float()
print(master.tolist())
