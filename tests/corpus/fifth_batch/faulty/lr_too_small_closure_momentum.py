import torch

torch.manual_seed(0)


def make_momentum(params, lr, beta=0.9):
    velocity = [torch.zeros_like(p) for p in params]

    @torch.no_grad()
    def step():
        for p, v in zip(params, velocity):
            v.mul_(beta).add_(p.grad)
            p.add_(v, alpha=-lr)  # mistake: lr-too-small
            p.grad = None

    return step


x = torch.linspace(-1, 1, 50)
y = 2 * x**2 - x + 0.5
coefficients = torch.zeros(3, requires_grad=True)
step = make_momentum([coefficients], lr=1e-6)  # mistake: lr-too-small
for it in range(80):
    prediction = coefficients[0] + coefficients[1] * x + coefficients[2] * x**2
    loss = (prediction - y).square().mean()
    loss.backward()
    step()
print(loss.item())
