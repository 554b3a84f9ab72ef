import torch

torch.manual_seed(0)
x = torch.randn(50, 3)
y = (x[:, 0] > 0.2).float()
w = torch.zeros(3, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
opt = torch.optim.LBFGS([w, b], lr=0.5, max_iter=5)


def closure():
    opt.zero_grad()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ w + b, y) + 0.01 * w.pow(2).sum()
    loss.backward()
    return loss


for i in range(6):
    print(i, opt.step(closure).item())
