import torch
from torch import nn


class Wrapper:
    def __init__(self, model):
        self.model = model

    def __call__(self, x):
        with torch.inference_mode():
            return self.model(x)  # mistake: forward-no-grad


torch.manual_seed(0)
model = Wrapper(nn.Linear(4, 2))
opt = torch.optim.SGD(model.model.parameters(), lr=0.1)
x, y = torch.randn(10, 4), torch.randint(0, 2, (10,))
for _ in range(3):
    loss = nn.functional.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()  # mistake: forward-no-grad
    opt.step()
