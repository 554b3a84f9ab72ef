import torch
from torch import nn
from torch.nn import functional as F


def train_batch(model, x, y):
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)  # mistake: optimizer-in-loop
    optimizer.zero_grad()
    loss = F.l1_loss(model(x).squeeze(-1), y)
    loss.backward()
    optimizer.step()  # mistake: optimizer-in-loop
    return loss.item()


def main():
    torch.manual_seed(0)
    x = torch.randn(96, 5)
    y = x.abs().sum(1)
    model = nn.Sequential(nn.Linear(5, 20), nn.ReLU(), nn.Linear(20, 1))
    for epoch in range(4):
        values = [train_batch(model, x[i], y[i]) for i in torch.randperm(96).split(16)]  # mistake: optimizer-in-loop
        print(epoch, sum(values) / len(values))


main()
