import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
d = load_digits()
X, y = torch.tensor(d.data, dtype=torch.float32) / 16, torch.tensor(d.target)
big = nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 10))
small = nn.Sequential(nn.Linear(64, 12), nn.ReLU(), nn.Linear(12, 10))


def fit(model, loss_of, epochs, lr):
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    for epoch in range(epochs):
        for b in torch.randperm(len(X)).split(100):
            loss = loss_of(model, b)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())


def distil(model, b, T=4.0):
    with torch.no_grad():
        soft = (big(X[b]) / T).softmax(1)
    student = (model(X[b]) / T).log_softmax(1)
    return F.kl_div(student, soft, reduction="batchmean") * T**2


fit(big, lambda m, b: F.cross_entropy(m(X[b]), y[b]), 3, 3e-3)
big.eval()
fit(small, distil, 5, 5e-3)
print("agree", (small(X).argmax(1) == big(X).argmax(1)).float().mean().item())
