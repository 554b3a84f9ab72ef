import torch

torch.manual_seed(0)
x = torch.randn(64, 2)
y = (x[:, 0] - 2 * x[:, 1] > 0).float()
weight = torch.zeros(2, requires_grad=True)
bias = torch.zeros((), requires_grad=True)


def apply_gradients(w, b, lr):
    w = w - lr * w.grad  # mistake: update-not-applied
    b = b - lr * b.grad  # mistake: update-not-applied
    return w, b


for epoch in range(40):
    p = torch.sigmoid(x @ weight + bias)
    loss = torch.nn.functional.binary_cross_entropy(p, y)
    loss.backward()
    with torch.no_grad():
        apply_gradients(weight, bias, 0.5)
    weight.grad = bias.grad = None
    if epoch % 10 == 0:
        print(loss.item())
