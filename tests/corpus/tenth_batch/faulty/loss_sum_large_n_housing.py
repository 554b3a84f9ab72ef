import torch
import torch.nn as nn
from sklearn.datasets import make_regression
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)
X, y = make_regression(n_samples=2000, n_features=10, noise=5.0, random_state=0)
X = torch.from_numpy(StandardScaler().fit_transform(X)).float()
y = torch.from_numpy(y).float().view(-1, 1)
y = (y - y.mean()) / y.std()

model = nn.Linear(10, 1)
criterion = nn.MSELoss(reduction="sum")  # mistake: loss-sum-large-n
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)  # mistake: loss-sum-large-n

num_epochs = 20
for epoch in range(num_epochs):
    outputs = model(X)
    loss = criterion(outputs, y)  # mistake: loss-sum-large-n
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # mistake: loss-sum-large-n
    print(f"Epoch [{epoch + 1}/{num_epochs}], Loss: {loss.item():.4f}")
