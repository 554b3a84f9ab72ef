"""Plain tensors: softmax regression by hand, one-hot targets, several parameters, .data updates, decay."""
import torch

torch.manual_seed(1)
n, d, k = 150, 5, 3
X = torch.randn(n, d)
t = (X @ torch.randn(d, k)).argmax(1)
onehot = torch.zeros(n, k)
onehot[torch.arange(n), t] = 1
W = (0.01 * torch.randn(d, k)).requires_grad_()
b = torch.zeros(k, requires_grad=True)
rate, decay = 0.5, 0.99
losses = torch.zeros(100)
for i in range(100):
    scores = X.mm(W) + b
    scores = scores - scores.max(1, keepdim=True).values
    log_prob = scores - scores.exp().sum(1, keepdim=True).log()
    loss = -(onehot * log_prob).sum(1).mean() + 0.5e-3 * (W * W).sum()
    W.grad, b.grad = None, None
    loss.backward()
    W.data.add_(W.grad, alpha=-rate)
    b.data.add_(b.grad, alpha=-rate)
    rate *= decay
    losses[i] = loss.detach()
    accuracy = (scores.argmax(1) == t).float().mean()
    if i % 20 == 0:
        print(i, loss.item(), accuracy.item(), W.grad.abs().max().item())
