import torch

torch.manual_seed(0)
x = torch.randn(50, 3)
y = (x[:, :1] > 0).float()
w1 = torch.zeros(3, 6, requires_grad=True)  # mistake: zero-init
b1 = torch.zeros(6, requires_grad=True)
w2 = torch.zeros(6, 1, requires_grad=True)  # mistake: zero-init
params = [w1, b1, w2]
for e in range(25):
    h = torch.tanh(x @ w1 + b1)  # mistake: zero-init
    loss = torch.nn.functional.binary_cross_entropy_with_logits(h @ w2, y)
    grads = torch.autograd.grad(loss, params)
    with torch.no_grad():
        for p, g in zip(params, grads):
            p -= 0.5 * g
print(loss.item())
