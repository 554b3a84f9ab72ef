import torch

torch.manual_seed(0)
x = torch.randn(120, 5)
y = (x @ torch.randn(5) + 0.5 * torch.randn(120) > 0).float()
w = torch.zeros(5, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
opt = torch.optim.LBFGS([w, b], lr=1.0, max_iter=10, line_search_fn="strong_wolfe")


def closure():
    opt.zero_grad()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ w + b, y) + 0.01 * w.square().sum()
    loss.backward()
    return loss


for it in range(6):
    print(it, opt.step(closure).item())
