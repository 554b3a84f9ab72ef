# a single linear layer may start at zero
import torch
from sklearn.datasets import load_digits

torch.manual_seed(0)
d = load_digits()
X = torch.tensor(d.data, dtype=torch.float32) / 16
y = torch.tensor(d.target)
W = torch.zeros(64, 10, requires_grad=True)
b = torch.zeros(10, requires_grad=True)


def nll(rows):
    return torch.nn.functional.cross_entropy(X[rows] @ W + b, y[rows])


for epoch in range(6):
    for rows in torch.randperm(len(X)).split(64):
        loss = nll(rows)
        gW, gb = torch.autograd.grad(loss, (W, b))
        with torch.no_grad():
            W.sub_(0.5 * gW)
            b.sub_(0.5 * gb)
    print(epoch, loss.item(), ((X @ W + b).argmax(1) == y).float().mean().item())
