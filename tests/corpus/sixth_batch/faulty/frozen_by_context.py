import torch

torch.manual_seed(0)
with torch.no_grad():
    weight = torch.randn(4, 1) * 0.1
bias = torch.zeros(1)
x = torch.randn(30, 4)
y = x.sum(1, keepdim=True)
for i in range(5):
    loss = (x @ weight + bias - y).pow(2).mean()  # mistake: param-frozen
    loss.backward()  # mistake: param-frozen
    weight.data -= 0.1 * weight.grad
