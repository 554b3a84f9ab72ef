import torch
import torch.nn as nn
from sklearn.datasets import load_wine

torch.manual_seed(0)
x = torch.tensor(load_wine().data, dtype=torch.float32)
x = (x - x.mean(0)) / x.std(0)

encoder = nn.Sequential(nn.Linear(13, 10), nn.ReLU(), nn.Linear(10, 5))
decoder = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 13), nn.ReLU())  # mistake: last-activation
autoencoder = nn.Sequential(encoder, decoder)
optimizer = torch.optim.Adam(autoencoder.parameters(), lr=0.01)
distance = nn.MSELoss()


def epoch_pass():
    total = 0
    for rows in torch.randperm(len(x)).split(32):
        rebuilt = autoencoder(x[rows])  # mistake: last-activation
        loss = distance(rebuilt, x[rows])  # mistake: last-activation
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    return total / len(x)


for epoch in range(40):
    value = epoch_pass()
    if epoch % 8 == 7:
        print(epoch, value)
