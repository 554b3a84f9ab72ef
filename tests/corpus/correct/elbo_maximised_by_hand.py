import torch

torch.manual_seed(0)
data = torch.randn(50) + 2
m = torch.zeros(1, requires_grad=True)
s = torch.zeros(1, requires_grad=True)
for i in range(40):
    z = m + s.exp() * torch.randn(20, 1)
    log_joint = -0.5 * ((data - z) ** 2).sum(1) - 0.5 * z.squeeze(1) ** 2
    elbo = log_joint.mean() + s.sum()
    elbo.backward()
    with torch.no_grad():
        m += 0.005 * m.grad
        s += 0.005 * s.grad
        m.grad.zero_()
        s.grad.zero_()
    print(i, elbo.item())
