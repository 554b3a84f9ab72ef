import torch

torch.manual_seed(0)
x = torch.randn(30, 6) * 40
y = torch.randint(0, 4, (30,))
W = torch.randn(6, 4, requires_grad=True)
lr = 0.01
for epoch in range(10):
    scores = x @ W
    e = (scores - scores.max(1, keepdim=True).values).exp()
    p = e / e.sum(1, keepdim=True)  # mistake: log-zero
    loss = -torch.log(p[torch.arange(30), y]).mean()  # mistake: log-zero
    loss.backward()  # mistake: log-zero
    with torch.no_grad():
        W -= lr * W.grad
        W.grad.zero_()
    print(epoch, loss.item())
