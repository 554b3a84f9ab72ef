import torch
from torch import nn
from sklearn.datasets import load_iris

torch.manual_seed(0)
X, y = load_iris(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y)

model = nn.Sequential(
    nn.Linear(4, 16),
    nn.ReLU(),
    nn.Linear(16, 3),
    nn.Softmax(dim=1),  # mistake: loss-expects-probs
)
loss_function = nn.NLLLoss()  # mistake: loss-expects-probs
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(60):
    epoch_loss = 0
    for i in torch.randperm(150).split(30):
        optimizer.zero_grad()
        y_pred = model(X[i])
        loss = loss_function(y_pred, y[i])  # mistake: loss-expects-probs
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    if epoch % 10 == 9:
        with torch.no_grad():
            p = model(X)
            print(epoch, epoch_loss / 5, "true nll", -p[torch.arange(150), y].log().mean().item())
