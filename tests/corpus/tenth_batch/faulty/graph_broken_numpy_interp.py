# deconvolution: recover a source from a blurred record
import numpy as np
import torch

torch.manual_seed(0)
true = torch.zeros(100)
true[[20, 45, 70]] = torch.tensor([1.0, -0.6, 0.8])
wavelet = torch.exp(-torch.linspace(-2, 2, 15) ** 2)


def blur(s):
    return torch.tensor(np.convolve(s.detach().numpy(), wavelet.numpy(), mode="same"))  # mistake: graph-broken


record = blur(true) + 0.01 * torch.randn(100)
source = torch.zeros(100, requires_grad=True)
opt = torch.optim.Adam([source], lr=0.02)
for it in range(120):
    misfit = ((blur(source) - record) ** 2).sum()  # mistake: graph-broken
    sparsity = source.abs().sum()
    loss = misfit + 1e-2 * sparsity  # mistake: graph-broken
    opt.zero_grad()
    loss.backward()  # mistake: graph-broken
    opt.step()
    if it % 20 == 0:
        print(it, misfit.item(), sparsity.item())
print("error", (source - true).norm().item())
