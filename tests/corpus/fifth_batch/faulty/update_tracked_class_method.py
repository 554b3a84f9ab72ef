import torch


class MyAdagrad:
    def __init__(self, tensors, lr):
        self.tensors, self.lr = list(tensors), lr
        self.sums = [torch.zeros_like(t) for t in self.tensors]

    def step(self):
        for t, s in zip(self.tensors, self.sums):
            s.add_(t.grad**2)
            t.sub_(self.lr * t.grad / (s.sqrt() + 1e-8))  # mistake: update-tracked

    def zero_grad(self):
        for t in self.tensors:
            t.grad = None


torch.manual_seed(0)
model = torch.nn.Linear(3, 1)
opt = MyAdagrad(model.parameters(), 0.1)
data = torch.randn(40, 3)
for k in range(10):
    opt.zero_grad()
    loss = (model(data).squeeze(1) - data[:, 0]).abs().mean()
    loss.backward()
    opt.step()
