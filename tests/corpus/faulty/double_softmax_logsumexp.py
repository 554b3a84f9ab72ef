import torch
torch.manual_seed(0)
X = torch.randn(60, 4); y = X.argmax(1)
W = (torch.randn(4, 4) * 0.1).requires_grad_()
for i in range(30):
    p = torch.softmax(X @ W, -1)  # mistake: double-softmax
    loss = (torch.logsumexp(p, 1) - p[torch.arange(60), y]).mean()
    loss.backward()
    with torch.no_grad():
        W -= 0.5 * W.grad
        W.grad.zero_()
