import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
X = torch.tensor(X, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
y = torch.tensor(y, dtype=torch.float32)


class Logit(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Linear(30, 1)

    @torch.no_grad()  # mistake: forward-no-grad
    def predict_logits(self, x):
        return self.w(x).squeeze(1)  # mistake: forward-no-grad

    def accuracy(self, x, y):
        return ((self.predict_logits(x) > 0).float() == y).float().mean().item()


model = Logit()
opt = torch.optim.SGD(model.parameters(), lr=0.5)
for epoch in range(20):
    z = model.predict_logits(X)  # mistake: forward-no-grad
    loss = nn.functional.binary_cross_entropy_with_logits(z, y)
    opt.zero_grad()
    loss.backward()  # mistake: forward-no-grad
    opt.step()
    print(epoch, loss.item(), model.accuracy(X, y))
