import torch
import torch.nn as nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self, n_classes=10):
        super().__init__()
        self.features = nn.Sequential(nn.Conv1d(1, 8, 5), nn.ReLU(), nn.AdaptiveAvgPool1d(4), nn.Flatten())
        self.fc = nn.Linear(32, n_classes)

    def forward(self, x):
        return self.fc(self.features(x))


t = torch.linspace(0, 1, 64)
freq = torch.randint(1, 4, (180,))
signal = torch.sin(2 * torch.pi * 3 * freq[:, None] * t + torch.rand(180, 1) * 6) + 0.1 * torch.randn(180, 64)
signal = signal.unsqueeze(1)
label = freq - 1

model = Net()
for p in model.features.parameters():
    p.requires_grad = False
optimizer = torch.optim.Adam(model.fc.parameters(), lr=0.02)
model.fc = nn.Linear(32, 3)  # mistake: stale-optimizer | param-not-in-optimizer
for epoch in range(120):
    loss = nn.functional.cross_entropy(model(signal), label)
    optimizer.zero_grad()  # mistake: stale-optimizer | param-not-in-optimizer
    loss.backward()
    optimizer.step()  # mistake: stale-optimizer | param-not-in-optimizer
    if epoch % 20 == 0:
        print(epoch, loss.item())
