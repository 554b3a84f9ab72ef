import torch

torch.manual_seed(0)
# lens equation with a series near zero: both branches are finite
r = torch.cat([torch.zeros(5), torch.rand(95) * 3])
true_k = 2.0
data = torch.sinc(r * true_k / torch.pi) + 0.01 * torch.randn(100)
k = torch.tensor(1.0, requires_grad=True)
amp = torch.tensor(0.5, requires_grad=True)
opt = torch.optim.Adam([k, amp], lr=0.03)


def sine_over_x(z):
    small = z.abs() < 1e-3
    safe = torch.where(small, torch.ones_like(z), z)
    return torch.where(small, 1 - z**2 / 6, torch.sin(safe) / safe)


for it in range(150):
    loss = (amp * sine_over_x(k * r) - data).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 30 == 29:
        print(it, loss.item(), k.item(), amp.item())
