"""A trainer that clears the gradients once an epoch, not once a batch."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optim = torch.optim.SGD(model.parameters(), lr=lr)
        self.criterion = nn.MSELoss()

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            self.optim.zero_grad()  # mistake: grad-not-cleared
            total = 0.0
            for features, target in loader:
                prediction = self.model(features)
                loss = self.criterion(prediction, target)
                loss.backward()  # mistake: grad-not-cleared
                self.optim.step()  # mistake: grad-not-cleared
                total += loss.item()
            print(epoch, total / len(loader))


torch.manual_seed(1)
data = torch.randn(96, 6)
labels = data @ torch.randn(6, 1)
Trainer(nn.Linear(6, 1), lr=0.01).fit(DataLoader(TensorDataset(data, labels), batch_size=16, shuffle=True), epochs=4)
