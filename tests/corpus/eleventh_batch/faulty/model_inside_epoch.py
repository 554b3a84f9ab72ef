import torch
from sklearn.datasets import load_iris

torch.manual_seed(0)
iris = load_iris()
X = torch.tensor(iris.data, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(iris.target)


def make_model(hidden):
    m = torch.nn.Sequential(torch.nn.Linear(4, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 3))  # mistake: param-reinit
    return m, torch.optim.SGD(m.parameters(), lr=0.1)


for epoch in range(10):
    model, optimizer = make_model(16)  # mistake: param-reinit
    perm = torch.randperm(150)
    total = 0.0
    for i in range(0, 150, 30):
        idx = perm[i:i + 30]
        loss = torch.nn.functional.cross_entropy(model(X[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(f"epoch {epoch} mean loss {total / 5:.4f}")
