import torch
import torch.nn as nn

torch.manual_seed(4)


def corrupt(t, rate):
    """randomly silence some of the frames for display"""
    mask = torch.rand(t.shape) < rate
    t.data[mask] = 0  # mistake: data-mutation
    return t


time_axis = torch.linspace(0, 1, 32)
freqs = torch.randint(1, 6, (200, 1))
audio = torch.sin(6.283 * freqs * time_axis)
target = (freqs.float() - 3)
model = nn.Linear(32, 24)
readout = nn.Linear(24, 1)
opt = torch.optim.SGD([*model.parameters(), *readout.parameters()], lr=0.05)
for epoch in range(300):
    act = torch.sigmoid(model(audio) * 3)
    loss = nn.functional.mse_loss(readout(act), target)
    shown = corrupt(act, 0.9).mean().item()  # mistake: data-mutation
    opt.zero_grad()
    loss.backward()  # mistake: data-mutation
    opt.step()
    if epoch % 60 == 59:
        print(epoch, loss.item(), "shown", shown)
