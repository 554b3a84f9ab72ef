import torch

torch.manual_seed(2)
# calibrate sensor gains
true_gain = 30 + 4 * torch.rand(16)
raw = torch.rand(400, 16)
reading = raw * true_gain
gain = torch.full((16,), 32.0, dtype=torch.float16, requires_grad=True)  # mistake: half-precision
lr = 0.02
for it in range(1500):
    resid = raw * gain.float() - reading
    loss = resid.pow(2).mean(0).sum()
    g, = torch.autograd.grad(loss, gain)
    with torch.no_grad():
        gain -= lr * g  # mistake: half-precision
    if it % 300 == 299:
        print(it + 1, loss.item(), "max gain error", (gain.float() - true_gain).abs().max().item())
