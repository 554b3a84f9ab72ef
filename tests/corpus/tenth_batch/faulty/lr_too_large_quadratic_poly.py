import torch

torch.manual_seed(0)
# polynomial of degree 3, the tutorial's way
x = torch.linspace(-3.14159, 3.14159, 500)
y = torch.sin(x)
a, b, c, d = (torch.randn((), requires_grad=True) for _ in range(4))
learning_rate = 2e-2  # mistake: lr-too-large


def poly():
    return a + b * x + c * x**2 + d * x**3


def mse():
    return (poly() - y).pow(2).mean()


for t in range(40):
    loss = mse()
    if t % 4 == 0:
        print(t, loss.item())
    loss.backward()
    with torch.no_grad():
        for p in (a, b, c, d):
            p -= learning_rate * p.grad  # mistake: lr-too-large
            p.grad = None
print(f"{a.item()} + {b.item()} x + {c.item()} x^2 + {d.item()} x^3")
