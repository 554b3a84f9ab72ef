import torch


class Perceptron:
    def __init__(self):
        self.weights = torch.randn(3, requires_grad=True)

    def forward(self, x):
        return torch.sigmoid(x @ self.weights)

    def apply_gradient(self, rate):
        with torch.no_grad():
            self.weights = self.weights - rate * self.weights.grad  # mistake: param-lost-grad


torch.manual_seed(2)
xs = torch.randn(50, 3)
ys = (xs[:, 0] - xs[:, 1] > 0).float()
p = Perceptron()
for round_ in range(20):
    out = p.forward(xs)
    error = torch.nn.functional.binary_cross_entropy(out, ys)
    error.backward()  # mistake: param-lost-grad
    p.apply_gradient(0.5)
