import torch
from torch import nn

torch.manual_seed(0)
rows = torch.rand(120, 3)
age = (20 + 50 * rows[:, 0] + 5 * torch.randn(120)).unsqueeze(1)
layers = [nn.Linear(3, 10), nn.ReLU(), nn.Linear(10, 1), nn.Sigmoid()]  # mistake: last-activation
model = nn.Sequential(*layers)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(60):
    guess = model(rows)  # mistake: last-activation
    error = (guess - age).abs().mean()  # mistake: last-activation
    optimizer.zero_grad()
    error.backward()
    optimizer.step()
print(error.item())
