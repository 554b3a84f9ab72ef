import torch


def train_step(theta, x, y, rate):
    loss = ((x.mv(theta) - y) ** 2).mean()
    loss.backward()  # mistake: param-lost-grad
    theta = theta.detach() - rate * theta.grad  # mistake: param-lost-grad
    return theta, loss.item()


torch.manual_seed(0)
x = torch.randn(50, 3)
y = x.mv(torch.tensor([1.0, -2.0, 0.5]))
theta = torch.zeros(3, requires_grad=True)
for n in range(20):
    theta, value = train_step(theta, x, y, 0.1)
    print(n, value)
