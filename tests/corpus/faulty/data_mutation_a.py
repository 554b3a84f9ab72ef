import torch

torch.manual_seed(0)
w = torch.randn(5, requires_grad=True)
x = torch.randn(30, 5)
y = torch.exp(x @ torch.tensor([0.1, 0.2, 0.0, -0.1, 0.3]))
for i in range(15):
    mu = torch.exp(x @ w)
    mu.data.clamp_(max=1.0)  # mistake: data-mutation
    loss = ((mu - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
        w.grad.zero_()
    print(i, loss.item())
