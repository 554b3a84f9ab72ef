import torch
from torch import nn


class Callback:
    def after_backward(self, learner): ...
    def after_batch(self, learner): ...


class ClearGrads(Callback):
    def after_backward(self, learner):
        learner.opt.zero_grad()  # mistake: grad-cleared-before-step


class Report(Callback):
    def after_batch(self, learner):
        learner.history.append(learner.loss.detach())


class Learner:
    def __init__(self, model, opt, callbacks):
        self.model, self.opt, self.callbacks, self.history = model, opt, callbacks, []

    def call(self, event):
        for callback in self.callbacks:
            getattr(callback, event)(self)

    def fit(self, xs, ys, epochs):
        for _ in range(epochs):
            for xb, yb in zip(xs.split(20), ys.split(20)):
                self.loss = nn.functional.mse_loss(self.model(xb), yb)
                self.loss.backward()
                self.call("after_backward")
                self.opt.step()  # mistake: grad-cleared-before-step
                self.call("after_batch")


torch.manual_seed(0)
xs = torch.randn(80, 5)
ys = xs.sum(1, keepdim=True)
net = nn.Linear(5, 1)
learner = Learner(net, torch.optim.SGD(net.parameters(), lr=0.1), [ClearGrads(), Report()])
learner.fit(xs, ys, 4)
print(learner.history[0], learner.history[-1])
