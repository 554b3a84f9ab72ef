import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
imgs = torch.rand(256, 1, 12, 12)
labels = (imgs[:, 0, :6].mean((1, 2)) > imgs[:, 0, 6:].mean((1, 2))).long()
dl = DataLoader(TensorDataset(imgs, labels), batch_size=32, shuffle=True)
cnn = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(150, 2))
optimizer = torch.optim.Adam(cnn.parameters(), lr=5e-3)

history = []
total_loss = 0
for epoch in range(12):
    for xb, yb in dl:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(cnn(xb), yb)
        loss.backward()
        optimizer.step()
        total_loss += loss  # mistake: graph-held
    if epoch % 3 == 2:
        print(f"epoch {epoch}: average loss so far {total_loss / (len(dl) * (epoch + 1)):.4f}")
