import torch
from sklearn.datasets import load_iris

torch.manual_seed(0)
X, t = load_iris(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
T = torch.nn.functional.one_hot(torch.tensor(t), 3).float()

params = {
    "W1": torch.randn(4, 10, requires_grad=True) * 0.1,  # mistake: param-not-leaf
    "b1": torch.zeros(10, requires_grad=True),
    "W2": torch.randn(10, 3, requires_grad=True) * 0.1,  # mistake: param-not-leaf
    "b2": torch.zeros(3, requires_grad=True),
}


def net(x, p):
    h = torch.tanh(x @ p["W1"] + p["b1"])
    return torch.log_softmax(h @ p["W2"] + p["b2"], dim=1)


for epoch in range(20):
    nll = -(T * net(X, params)).sum(1).mean()
    nll.backward()  # mistake: param-not-leaf
    with torch.no_grad():
        for name, p in params.items():
            p -= 0.5 * p.grad  # mistake: param-not-leaf
            p.grad = None
    print(epoch, nll.item())
