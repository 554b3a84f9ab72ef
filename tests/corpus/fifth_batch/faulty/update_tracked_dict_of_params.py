import torch

torch.manual_seed(0)
params = {"weight": torch.randn(4, 1, requires_grad=True), "bias": torch.zeros(1, requires_grad=True)}
x = torch.randn(30, 4)
y = x @ torch.tensor([[1.0], [2.0], [0.5], [-1.0]]) + 0.3


def predict(p, x):
    return x @ p["weight"] + p["bias"]


for _ in range(20):
    loss = (predict(params, x) - y).pow(2).mean()
    loss.backward()
    for name, value in params.items():
        value -= 0.1 * value.grad  # mistake: update-tracked
        value.grad.zero_()
    print(loss.item())
