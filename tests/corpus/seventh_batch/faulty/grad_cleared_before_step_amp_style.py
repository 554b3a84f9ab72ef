import torch
from torch import nn


def train(model, loader, optimizer, criterion, device="cpu"):
    model.train()
    losses = 0.0
    for data, target in loader:
        data, target = data.to(device), target.to(device)
        output = model(data)
        loss = criterion(output, target)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for param in model.parameters():
            param.grad = None  # mistake: grad-cleared-before-step
        optimizer.step()  # mistake: grad-cleared-before-step | step-missing
        losses += loss.item()
    return losses / len(loader)


torch.manual_seed(42)
points = torch.randn(120, 4)
labels = (points[:, 0] * points[:, 1] > 0).long()
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(points, labels), batch_size=24, shuffle=True)
model = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 2))
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
for epoch in range(5):
    print(epoch, train(model, loader, optimizer, nn.CrossEntropyLoss()))
