"""The two moons again, as one writes it after the first week: Module, DataLoader, Adam."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


def two_moons(n):
    """Return n points, shape (n, 2), and the moon of each, shape (n, 1)."""
    angle = torch.pi * torch.rand(n)
    moon = torch.randint(2, (n,))
    upper = torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
    lower = torch.stack([1 - torch.cos(angle), 0.5 - torch.sin(angle)], dim=1)
    points = torch.where(moon[:, None] == 0, upper, lower)
    return points + 0.1 * torch.randn(n, 2), moon[:, None].float()


class MLP(nn.Module):
    def __init__(self, hidden=16):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, hidden),
            nn.Tanh(),
            nn.Linear(hidden, hidden),
            nn.Tanh(),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.layers(x)


loader = DataLoader(TensorDataset(*two_moons(400)), batch_size=40, shuffle=True)
x_test, y_test = two_moons(1000)

model = MLP()
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)

for epoch in range(20):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()

    model.eval()
    with torch.no_grad():
        accuracy = ((model(x_test) > 0) == (y_test == 1)).float().mean().item()
    print(f"Epoch {epoch:2d} | Loss: {total / len(loader):.6f} | Test accuracy: {accuracy:.4f}")
