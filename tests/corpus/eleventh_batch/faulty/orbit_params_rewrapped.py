import math
import torch

torch.manual_seed(0)
phase = torch.linspace(0, 12, 120)
rv = 3.0 * torch.cos(1.3 * phase + 0.4) + 0.1 * torch.randn(120)
amp = torch.tensor(2.0, requires_grad=True)
omega = torch.tensor(1.25, requires_grad=True)
phi = torch.tensor(0.0, requires_grad=True)
opt = torch.optim.Adam([amp, omega, phi], lr=0.02)


def model(t, a, w, p):
    coeff = torch.tensor([a * math.cos(p), -a * math.sin(p)])  # mistake: graph-broken
    return coeff[0] * torch.cos(w * t) + coeff[1] * torch.sin(w * t)


for it in range(300):
    chi2 = ((model(phase, amp, omega, phi) - rv) ** 2).mean()
    opt.zero_grad()
    chi2.backward()
    opt.step()
    if it % 60 == 0:
        print(it, f"chi2 {chi2.item():.4f} A {amp.item():.3f} w {omega.item():.3f} phi {phi.item():.3f}")
