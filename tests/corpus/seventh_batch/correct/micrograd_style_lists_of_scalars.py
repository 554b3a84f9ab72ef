import random

import torch


class Neuron:
    def __init__(self, n):
        self.w = [torch.tensor(random.uniform(-1, 1), requires_grad=True) for _ in range(n)]
        self.b = torch.tensor(0.0, requires_grad=True)

    def __call__(self, x):
        return torch.tanh(sum((a * b for a, b in zip(self.w, x)), self.b))

    def parameters(self):
        return [*self.w, self.b]


random.seed(1)
neurons = [Neuron(3), Neuron(3)]
last = Neuron(2)
xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
ys = [1.0, -1.0, -1.0, 1.0]
parameters = [p for n in [*neurons, last] for p in n.parameters()]
for k in range(15):
    predictions = [last([n(x) for n in neurons]) for x in xs]
    loss = sum((p - y) ** 2 for p, y in zip(predictions, ys))
    for p in parameters:
        p.grad = None
    loss.backward()
    for p in parameters:
        p.data += -0.1 * p.grad
    print(k, loss.item())
