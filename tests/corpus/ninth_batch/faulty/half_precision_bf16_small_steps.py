# everything in bfloat16 to save memory, fine-tuning of a "pretrained" layer
import torch

torch.manual_seed(0)
w_true = torch.randn(16, 1) + 3
w = (w_true + 0.02 * torch.randn(16, 1)).to(torch.bfloat16).requires_grad_()  # mistake: half-precision
x = torch.randn(200, 16)
y = (x @ w_true).to(torch.bfloat16)
x = x.to(torch.bfloat16)
opt = torch.optim.SGD([w], lr=1e-3)  # mistake: half-precision
start = w.detach().clone()
for it in range(40):
    loss = (x @ w - y).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: half-precision
print(loss.item(), "changed entries:", (w != start).sum().item())
