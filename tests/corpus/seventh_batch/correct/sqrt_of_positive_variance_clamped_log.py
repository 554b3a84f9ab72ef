import torch

torch.manual_seed(0)
x = torch.rand(100, 1) * 4 - 2
y = x.sin() + 0.1 * torch.randn(100, 1) * (1 + x.abs())
net = torch.nn.Sequential(torch.nn.Linear(1, 24), torch.nn.Tanh(), torch.nn.Linear(24, 2))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for step in range(30):
    mean, raw = net(x).split(1, 1)
    std = torch.sqrt(torch.nn.functional.softplus(raw) + 1e-6)
    loss = (torch.log(std) + 0.5 * ((y - mean) / std) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
