import torch

torch.manual_seed(0)
# find the delay between two recordings by shifting one of them
t = torch.arange(400)
pulse = torch.exp(-0.5 * ((t - 150.0) / 12) ** 2)
delayed = torch.exp(-0.5 * ((t - 173.0) / 12) ** 2)
delay = torch.tensor(5.0, requires_grad=True)
gain = torch.tensor(0.5, requires_grad=True)
opt = torch.optim.Adam([delay, gain], lr=0.5)
for it in range(120):
    source = torch.round(t - delay).long().clamp(0, 399)  # mistake: nondiff-op
    shifted = gain * pulse[source]
    loss = (shifted - delayed).square().sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 24 == 0:
        print(it, loss.item(), delay.item(), gain.item())
