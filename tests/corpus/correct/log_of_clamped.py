import torch

torch.manual_seed(0)
x = torch.rand(100, 4)
y = (x.sum(1) > 2).float()
w, b = torch.zeros(4, requires_grad=True), torch.zeros(1, requires_grad=True)
for k in range(80):
    p = torch.sigmoid(x @ w + b).clamp(1e-7, 1 - 1e-7)
    loss = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
    loss.backward()
    for t in (w, b):
        t.data.sub_(t.grad, alpha=1.0)
        t.grad.zero_()
