import torch

torch.manual_seed(0)
X = torch.randn(90, 3)
T = torch.tanh(X @ torch.randn(3, 1))
params = {
    "W1": torch.full((3, 7), 0.5, requires_grad=True),  # mistake: zero-init
    "b1": torch.zeros(7, requires_grad=True),
    "W2": torch.full((7, 1), 0.5, requires_grad=True),  # mistake: zero-init
    "b2": torch.zeros(1, requires_grad=True),
}
for epoch in range(40):
    H = torch.tanh(X @ params["W1"] + params["b1"])  # mistake: zero-init
    Y = H @ params["W2"] + params["b2"]
    L = ((Y - T) ** 2).mean()
    L.backward()
    with torch.no_grad():
        for p in params.values():
            p -= 0.1 * p.grad
            p.grad.zero_()
    if epoch % 10 == 0:
        print(epoch, L.item())
