import torch

torch.manual_seed(0)
W = torch.randn(4, 4, requires_grad=True)
V = torch.randn(4, 4, requires_grad=True)
x = torch.randn(10, 4)
for t in range(3):
    gate = torch.sigmoid(x @ W)  # mistake: inplace-saved
    cand = torch.tanh(x @ V)  # mistake: inplace-saved
    cand *= gate  # mistake: inplace-saved
    gate *= -1  # mistake: inplace-saved
    gate += 1  # mistake: inplace-saved
    new = cand + gate * x
    loss = new.pow(2).mean()
    loss.backward()  # mistake: inplace-saved
    with torch.no_grad():
        for p in (W, V):
            p -= 0.1 * p.grad
            p.grad = None
