"""Fine-tuning: pretrain on 5 classes, then swap the classifier for 3 classes."""
import torch
from torch import nn

torch.manual_seed(9)


class Net(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.conv = nn.Conv1d(1, 4, 3, padding=1)
        self.fc = nn.Linear(4 * 8, n_classes)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).flatten(1))


def run(model, optimizer, x, y, epochs):
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()  # mistake: stale-optimizer | param-not-in-optimizer
    return loss.item()


model = Net(5)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)  # mistake: stale-optimizer | param-not-in-optimizer
x = torch.randn(60, 1, 8)
print("pretraining", run(model, optimizer, x, torch.randint(0, 5, (60,)), 10))

model.fc = nn.Linear(4 * 8, 3)  # mistake: stale-optimizer | param-not-in-optimizer
print("finetuning", run(model, optimizer, x, torch.randint(0, 3, (60,)), 20))
