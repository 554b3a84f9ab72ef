import torch

torch.manual_seed(0)


def safe_log1pexp_over_x(z):
    """log(1+z)/z with the limit 1 at zero"""
    small = z.abs() < 1e-4
    inner = torch.where(small, torch.ones_like(z), z)
    return torch.where(small, 1 - z / 2, torch.log1p(inner) / inner)


t = torch.cat([torch.zeros(10), torch.rand(90) * 5])
y = 2.0 * safe_log1pexp_over_x(0.7 * t) + 0.01 * torch.randn(100)
log_rate = torch.tensor(0.5, requires_grad=True)
scale = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.Adam([log_rate, scale], lr=0.02)
for k in range(300):
    loss = (scale * safe_log1pexp_over_x(log_rate.exp() * t) - y).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if k % 60 == 0 or k == 299:
        print(k, loss.item(), "rate", log_rate.exp().item(), "scale", scale.item())
