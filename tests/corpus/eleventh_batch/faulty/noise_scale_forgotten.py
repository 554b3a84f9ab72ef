import torch
from torch import nn

torch.manual_seed(11)
x = torch.linspace(-2, 2, 200).unsqueeze(1)
y = 0.5 * x + 0.5 * torch.randn(200, 1)

mean_net = nn.Linear(1, 1)
log_sigma = torch.full((1,), 1.0, requires_grad=True)
opt = torch.optim.SGD(mean_net.parameters(), lr=0.05)  # mistake: param-not-in-optimizer

for epoch in range(500):
    mean_net.zero_grad()
    log_sigma.grad = None
    nll = (0.5 * ((y - mean_net(x)) / log_sigma.exp()) ** 2 + log_sigma).mean()
    nll.backward()
    opt.step()  # mistake: param-not-in-optimizer
    if epoch % 100 == 0:
        print(epoch, f"nll {nll.item():.4f} sigma {log_sigma.exp().item():.4f} slope {mean_net.weight.item():.3f}")
