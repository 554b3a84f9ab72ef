import torch

torch.manual_seed(0)
centres = torch.randn(5, 12) * 1.5
y = torch.randint(0, 5, (150,))
X = centres[y] + torch.randn(150, 12)
W = torch.normal(0, 0.01, size=(12, 5), requires_grad=True)
b = torch.zeros(5, requires_grad=True)


def softmax(O):
    O_exp = torch.exp(O)
    return O_exp / O_exp.sum(1, keepdim=True)


def cross_entropy(y_hat, y):
    return -torch.log(y_hat[range(len(y_hat)), y])


for epoch in range(5):
    for i in torch.randperm(150).split(30):
        l = cross_entropy(softmax(X[i] @ W + b), y[i])
        l.mean().backward()
        with torch.no_grad():
            for p in (W, b):
                p -= 0.1 * p.grad
                p.grad.zero_()
    print(epoch, l.mean().item())
