import torch


class Neuron:
    def __init__(self, n_in):
        self.w = [torch.randn((), requires_grad=True) for _ in range(n_in)]
        self.b = torch.zeros((), requires_grad=True)

    def __call__(self, xs):
        act = sum((wi * xi for wi, xi in zip(self.w, xs)), self.b)
        return act.tanh()

    def parameters(self):
        return self.w + [self.b]


torch.manual_seed(1337)
n = Neuron(3)
xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
ys = [1.0, -1.0, -1.0, 1.0]
for k in range(20):
    ypred = [n(x) for x in xs]
    loss = sum((yout - ygt) ** 2 for ygt, yout in zip(ys, ypred))
    loss.backward()  # mistake: grad-not-cleared
    for p in n.parameters():
        p.data += -0.05 * p.grad  # mistake: grad-not-cleared
    print(k, loss.item())
