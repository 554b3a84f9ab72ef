import torch

torch.manual_seed(0)
X = torch.randn(120, 4)
T = X @ torch.tensor([1.0, 0.0, -1.0, 2.0])
w = torch.zeros(4, requires_grad=True)
for epoca in range(10):
    ordem = torch.randperm(120)
    X = X[ordem]  # mistake: shuffle-mismatch
    for i in range(0, 120, 30):
        erro = (X[i : i + 30] @ w - T[i : i + 30]).square().mean()  # mistake: shuffle-mismatch
        erro.backward()
        with torch.no_grad():
            w -= 0.05 * w.grad
        w.grad = None
    print(erro.item())
