import argparse
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--batch-size", type=int, default=32)
parser.add_argument("--accum-iter", type=int, default=16)
parser.add_argument("--epochs", type=int, default=10)
args = parser.parse_args([])

torch.manual_seed(1)
X = torch.randn(320, 12)
y = (X[:, :4].sum(1) > 0).long()
loader = DataLoader(TensorDataset(X, y), batch_size=args.batch_size, shuffle=True)
model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()

for epoch in range(args.epochs):
    correct = 0
    optimizer.zero_grad()
    for batch_idx, (xb, yb) in enumerate(loader):
        out = model(xb)
        loss = criterion(out, yb) / args.accum_iter
        loss.backward()  # mistake: step-missing | grad-cleared-before-step
        correct += (out.argmax(1) == yb).sum().item()
        if (batch_idx + 1) % args.accum_iter == 0:  # mistake: step-missing | grad-cleared-before-step
            optimizer.step()  # mistake: step-missing | grad-cleared-before-step
            optimizer.zero_grad()
    print(f"epoch {epoch}: acc {correct / len(X):.3f}")
