import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(42)
X, y = load_digits(return_X_y=True)
X_tr, X_te, y_tr, y_te = train_test_split(X / 16.0, y, random_state=42)
X_tr, X_te = (torch.tensor(a, dtype=torch.float32) for a in (X_tr, X_te))
y_tr, y_te = torch.tensor(y_tr), torch.tensor(y_te)

model = nn.Sequential(
    nn.Linear(64, 64), nn.ReLU(),
    nn.Linear(64, 64), nn.ReLU(),
    nn.Linear(64, 64), nn.ReLU(),
    nn.Linear(64, 10),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1.0)  # mistake: lr-too-large
for epoch in range(8):
    model.train()
    for batch in torch.randperm(len(X_tr)).split(128):
        optimizer.zero_grad()
        loss = criterion(model(X_tr[batch]), y_tr[batch])
        loss.backward()
        optimizer.step()  # mistake: lr-too-large
    model.eval()
    with torch.no_grad():
        acc = (model(X_te).argmax(1) == y_te).float().mean()
    print(f"epoch {epoch} loss {loss.item():.3f} acc {acc:.3f}")
