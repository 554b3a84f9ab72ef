"""The target of an autoencoder is its input."""
import torch
from torch import nn
from torch.utils.data import DataLoader


class AE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(28, 16), nn.ReLU(), nn.Linear(16, 4))
        self.decoder = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 28), nn.Sigmoid())

    def forward(self, x):
        return self.decoder(self.encoder(x))


torch.manual_seed(0)
digits = torch.rand(256, 4) @ torch.rand(4, 28) / 4
loader = DataLoader(dataset=digits, batch_size=32, shuffle=True)
model = AE()
loss_function = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-8)
outputs, losses = [], []
for epoch in range(8):
    for image in loader:
        image = image.reshape(-1, 28)
        reconstructed = model(image)
        loss = loss_function(reconstructed, image)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    outputs.append((epoch, image, reconstructed.detach()))
print(losses[0], losses[-1])
