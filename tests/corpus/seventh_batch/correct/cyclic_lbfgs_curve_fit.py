import torch

torch.manual_seed(0)
t = torch.linspace(0, 4, 60, dtype=torch.float64)
y = 2.5 * torch.exp(-0.7 * t) + 0.4 + 0.01 * torch.randn(60, dtype=torch.float64)
theta = torch.tensor([1.0, 0.1, 0.0], dtype=torch.float64, requires_grad=True)
opt = torch.optim.LBFGS([theta], lr=0.5, max_iter=5)


def closure():
    opt.zero_grad()
    loss = (theta[0] * torch.exp(-theta[1] * t) + theta[2] - y).square().sum()
    loss.backward()
    return loss


for sweep in range(8):
    print(sweep, opt.step(closure).item())
