import torch

torch.manual_seed(0)
master = torch.randn(5, 1)
x = torch.randn(60, 5)
y = x @ torch.randn(5, 1)
for step in range(30):
    w = master.bfloat16().requires_grad_()
    loss = ((x.bfloat16() @ w).float() - y).pow(2).mean()
    loss.backward()
    master -= 0.05 * w.grad.float()
    print(step, loss.item())
