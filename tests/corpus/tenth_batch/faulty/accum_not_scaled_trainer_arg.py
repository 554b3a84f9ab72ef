import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=1.0)
parser.add_argument("--accumulate", type=int, default=8)
args, _ = parser.parse_known_args()

torch.manual_seed(0)
digits = load_digits()
images = torch.tensor(digits.data, dtype=torch.float32) / 16
loader = DataLoader(TensorDataset(images, torch.tensor(digits.target)), batch_size=32, shuffle=True, drop_last=True)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 48)
        self.fc2 = nn.Linear(48, 10)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


model = Classifier()
optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)
criterion = nn.CrossEntropyLoss()
for epoch in range(4):
    running, seen = 0.0, 0
    for i, (xb, yb) in enumerate(loader, start=1):
        loss = criterion(model(xb), yb)  # mistake: accum-not-scaled
        loss.backward()  # mistake: accum-not-scaled
        running += loss.item()
        seen += 1
        if i % args.accumulate == 0:
            optimizer.step()  # mistake: accum-not-scaled
            optimizer.zero_grad()
    print(f"epoch {epoch} loss {running / seen:.4f}")
