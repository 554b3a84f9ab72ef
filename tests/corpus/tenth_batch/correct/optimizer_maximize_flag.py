# log-likelihood of a logistic model, maximised by an optimiser that climbs
import torch
from sklearn.datasets import load_breast_cancer

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(y, dtype=torch.float32)
w = torch.zeros(30, requires_grad=True)
c = torch.zeros((), requires_grad=True)
opt = torch.optim.Adam([w, c], lr=0.03, maximize=True)


def log_likelihood():
    z = X @ w + c
    return (y * z - torch.nn.functional.softplus(z)).mean()


for it in range(80):
    ll = log_likelihood() - 1e-3 * w @ w
    opt.zero_grad()
    ll.backward()
    opt.step()
    if it % 16 == 15:
        print(it, ll.item())
