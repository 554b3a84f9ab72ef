import torch

# logistic growth curve, least squares by gradient descent
t = torch.linspace(0, 10, 50, dtype=torch.float64)
pop = 5 / (1 + torch.exp(-(t - 4) * 0.9))


def curve(theta):
    return theta[0] / (1 + torch.exp(-(t - theta[1]) * theta[2]))


theta = torch.tensor([4.0, 3.0, 0.5], dtype=torch.float64, requires_grad=True)
for i in range(200):
    residual = curve(theta) - pop
    loss = residual.pow(2).mean()
    loss.backward()
    step = 0.05 * theta.grad  # mistake: param-not-leaf
    theta = theta - step  # mistake: param-not-leaf
    if i % 25 == 0:
        print(i, loss.item(), theta.tolist())
