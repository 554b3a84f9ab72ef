# product of two experts, renormalised by hand: log-probabilities into nll_loss
import torch
from sklearn.datasets import load_wine
from torch import nn

torch.manual_seed(0)
X, y = load_wine(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(y)
first, second = nn.Linear(6, 3), nn.Linear(7, 3)
opt = torch.optim.Adam([*first.parameters(), *second.parameters()], lr=0.05)


def product_of_experts(x):
    s = first(x[:, :6]).log_softmax(1) + second(x[:, 6:]).log_softmax(1)
    return s - s.logsumexp(1, keepdim=True)


def mixture(x):
    s = torch.stack([first(x[:, :6]).log_softmax(1), second(x[:, 6:]).log_softmax(1)])
    return s.logsumexp(0) - torch.log(torch.tensor(2.0))


for it in range(60):
    loss = nn.functional.nll_loss(product_of_experts(X), y) + nn.functional.nll_loss(mixture(X), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 12 == 11:
        print(it, loss.item())
