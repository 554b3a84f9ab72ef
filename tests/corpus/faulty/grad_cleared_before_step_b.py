import torch
from torch import nn


class Learner(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(5, 12), nn.Tanh(), nn.Linear(12, 3))
        self.opt = torch.optim.Adam(self.body.parameters(), lr=3e-3)

    def finish(self):
        self.opt.zero_grad(set_to_none=False)  # mistake: grad-cleared-before-step
        self.opt.step()  # mistake: grad-cleared-before-step

    def learn(self, x, y):
        loss = nn.functional.cross_entropy(self.body(x), y)
        loss.backward()
        self.finish()
        return loss.item()


torch.manual_seed(4)
learner = Learner()
for i in range(30):
    x = torch.randn(20, 5)
    y = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()
    value = learner.learn(x, y)
print(value)
