import torch

torch.manual_seed(0)
x = torch.randn(60, 3) * 400
y = (x[:, 0] < 0).long()
W = torch.randn(3, 2, requires_grad=True)
for step in range(10):
    p = torch.softmax(x @ W, dim=1)
    picked = p[torch.arange(60), y]
    loss = -torch.log(picked).mean()  # mistake: log-zero
    loss.backward()
    with torch.no_grad():
        W -= 0.01 * W.grad
        W.grad = None
    print(step, loss.item())
