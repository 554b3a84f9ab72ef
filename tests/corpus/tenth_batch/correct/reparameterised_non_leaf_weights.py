# positive weights as softplus of free ones: the non-leaf is made anew each step from a leaf
import torch
import torch.nn.functional as F

torch.manual_seed(0)
X = torch.rand(150, 5)
y = X @ torch.tensor([0.5, 0.0, 2.0, 0.1, 1.0])
raw = torch.zeros(5, requires_grad=True)
lr = 0.5
for it in range(200):
    w = F.softplus(raw)
    w.retain_grad()
    loss = F.mse_loss(X @ w, y)
    loss.backward()
    with torch.no_grad():
        raw -= lr * raw.grad
        raw.grad = None
    if it % 40 == 39:
        print(it, loss.item(), w.grad.norm().item(), [round(v, 2) for v in w.tolist()])
