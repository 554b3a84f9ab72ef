import torch
from sklearn.datasets import load_diabetes

torch.manual_seed(0)
X, y = load_diabetes(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
X = X / X.std(0)
y = torch.tensor(y, dtype=torch.float32)
y = (y - y.mean()) / y.std()


class LinReg:
    def __init__(self, d, alpha):
        self.w = torch.zeros(d, requires_grad=True)
        self.b = torch.zeros(1, requires_grad=True)
        self.alpha = alpha

    def __call__(self, x):
        return x @ self.w + self.b

    def step(self):
        with torch.no_grad():
            for p in (self.w, self.b):
                p -= self.alpha * p.grad  # mistake: lr-too-small
                p.grad.zero_()


reg = LinReg(X.shape[1], alpha=1e-7)  # mistake: lr-too-small
for epoch in range(100):
    cost = torch.mean((reg(X) - y) ** 2)
    cost.backward()
    reg.step()  # mistake: lr-too-small
    if epoch % 20 == 0:
        print(epoch, cost.item())
print("R2", 1 - torch.mean((reg(X) - y) ** 2).item() / y.var().item())
