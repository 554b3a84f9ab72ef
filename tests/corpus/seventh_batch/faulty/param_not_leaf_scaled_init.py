import torch
from torch.nn import functional as F

torch.manual_seed(0)
n_in, n_hidden = 5, 12
W1 = torch.randn(n_in, n_hidden, requires_grad=True) / n_in**0.5  # mistake: param-not-leaf
b1 = torch.zeros(n_hidden, requires_grad=True)
W2 = torch.randn(n_hidden, 1, requires_grad=True)
data = torch.randn(64, n_in)
answers = data[:, :1].sin()
for t in range(25):
    hidden = torch.tanh(data @ W1 + b1)
    loss = F.mse_loss(hidden @ W2, answers)
    loss.backward(retain_graph=True)
    with torch.no_grad():
        for p in (W1, b1, W2):
            if p.grad is not None:  # mistake: param-not-leaf
                p -= 0.01 * p.grad
                p.grad = None
    if t % 5 == 0:
        print(t, loss.item())
