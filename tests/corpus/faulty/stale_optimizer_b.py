import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(10, 16), nn.ReLU())
        self.fc = nn.Linear(16, classes)

    def forward(self, x):
        return self.fc(self.features(x))


torch.manual_seed(0)
model = Classifier(100)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)  # mistake: stale-optimizer
model.fc = nn.Linear(16, 3)  # mistake: stale-optimizer | param-not-in-optimizer
x, y = torch.randn(60, 10), torch.randint(0, 3, (60,))
for epoch in range(15):
    optimizer.zero_grad()
    loss = nn.CrossEntropyLoss()(model(x), y)
    loss.backward()
    optimizer.step()  # mistake: stale-optimizer | param-not-in-optimizer
print(loss.item())
