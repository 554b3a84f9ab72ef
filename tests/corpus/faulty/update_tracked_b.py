import torch


class LinearRegression:
    def __init__(self, n):
        self.w = torch.zeros(n, 1, requires_grad=True)
        self.b = torch.zeros(1, requires_grad=True)

    def __call__(self, x):
        return x.mm(self.w) + self.b

    def update(self, lr):
        self.w -= lr * self.w.grad  # mistake: update-tracked
        self.b -= lr * self.b.grad
        self.w.grad.zero_()
        self.b.grad.zero_()


torch.manual_seed(0)
inputs = torch.rand(40, 2)
outputs = inputs.sum(1, keepdim=True)
model = LinearRegression(2)
for _ in range(100):
    cost = (model(inputs) - outputs).pow(2).mean()
    cost.backward()
    model.update(0.1)
