import torch
from torch import nn


class Trainer:
    def __init__(self, model, accumulation_steps):
        self.model = model
        self.accumulation_steps = accumulation_steps
        self.opt = torch.optim.SGD(model.parameters(), lr=0.1)

    def fit(self, batches):
        self.opt.zero_grad()
        for i, (image, label) in enumerate(batches):
            loss = nn.functional.cross_entropy(self.model(image), label)
            loss.backward()  # mistake: accum-not-scaled
            if (i + 1) % self.accumulation_steps == 0:
                self.opt.step()  # mistake: accum-not-scaled
                self.opt.zero_grad()
                print(i, loss.item())


torch.manual_seed(0)
templates = torch.randn(4, 1, 6, 6)
batches = []
for _ in range(160):
    label = torch.randint(0, 4, (4,))
    batches.append((templates[label] * 2.0 + torch.randn(4, 1, 6, 6) * 1.5, label))
cnn = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(96, 4))
Trainer(cnn, 16).fit(batches)
