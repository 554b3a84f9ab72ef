import torch

torch.manual_seed(0)
X = torch.randn(100, 3)
y = (X.sum(1) > 0).float()
w = torch.zeros(3, requires_grad=True)
bias = torch.zeros(1, requires_grad=True)


def log_likelihood():
    p = torch.sigmoid(X @ w + bias)
    return (y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()


for it in range(30):
    ll = log_likelihood()
    loss = -ll
    g_w, g_b = torch.autograd.grad(loss, [w, bias])
    with torch.no_grad():
        w += 0.5 * g_w  # mistake: update-wrong-sign
        bias += 0.5 * g_b  # mistake: update-wrong-sign
    print(it, loss.item())
