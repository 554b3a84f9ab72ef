import torch

torch.manual_seed(5)
slope = torch.tensor([0.1], requires_grad=True)
offset = torch.tensor([0.0], requires_grad=True)
xs = torch.linspace(-2, 2, 40)
ys = 1.7 * xs - 0.4


def predict(a, b):
    return a * xs + b


for iteration in range(15):
    cost = ((predict(slope, offset) - ys) ** 2).mean()
    cost.backward()
    slope = (slope - 0.1 * slope.grad).detach()  # mistake: param-lost-grad
    offset = (offset - 0.1 * offset.grad).detach()  # mistake: param-lost-grad
    print(iteration, float(cost))
