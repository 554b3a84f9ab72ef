import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

torch.manual_seed(0)
data = load_breast_cancer()
X_train, X_test, y_train, y_test = train_test_split(data.data, data.target, random_state=0)  # mistake: input-unscaled
X_train = torch.tensor(X_train, dtype=torch.float32)  # mistake: input-unscaled
X_test = torch.tensor(X_test, dtype=torch.float32)
y_train = torch.tensor(y_train, dtype=torch.float32).view(-1, 1)
y_test = torch.tensor(y_test, dtype=torch.float32).view(-1, 1)


class BinaryClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(30, 16)
        self.fc2 = nn.Linear(16, 1)

    def forward(self, x):
        return self.fc2(torch.sigmoid(self.fc1(x)))  # mistake: input-unscaled


model = BinaryClassifier()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(100):
    optimizer.zero_grad()
    loss = nn.functional.binary_cross_entropy_with_logits(model(X_train), y_train)  # mistake: input-unscaled
    loss.backward()
    optimizer.step()
    if epoch % 20 == 19:
        acc = ((model(X_test) > 0).float() == y_test).float().mean()
        print(epoch, loss.item(), acc.item())
