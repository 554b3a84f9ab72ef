# neural style in one dimension: match the Gram matrix of filtered noise by changing the signal
import torch
import torch.nn.functional as F

torch.manual_seed(0)
filters = torch.randn(12, 1, 9) / 3
style = torch.sin(torch.arange(256) * 0.3)[None, None] + 0.2 * torch.randn(1, 1, 256)


def gram(s):
    f = F.relu(F.conv1d(s, filters))[0]
    return f @ f.T / f.shape[1]


wanted = gram(style)
x = (0.1 * torch.randn(1, 1, 256)).requires_grad_()
lr = 0.5
for i in range(150):
    d = F.mse_loss(gram(x), wanted)
    d.backward()
    with torch.no_grad():
        x -= lr * x.grad / (x.grad.norm() + 1e-12)  # mistake: lr-decayed-to-zero
        x.grad = None
    lr = lr / (1 + 0.05 * i)  # mistake: lr-decayed-to-zero
    if i % 15 == 0:
        print(i, d.item(), lr)
print("end", F.mse_loss(gram(x), wanted).item())
