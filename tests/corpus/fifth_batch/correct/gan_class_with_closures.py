import torch
from torch import nn

torch.manual_seed(0)


def make_player(net, lr):
    opt = torch.optim.Adam(net.parameters(), lr=lr, betas=(0.5, 0.9))

    def play(loss):
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        return float(loss.detach())

    return play


G = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
D = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
improve_g, improve_d = make_player(G, 1e-3), make_player(D, 1e-3)
for i in range(40):
    real = torch.randn(64, 2) @ torch.tensor([[1.0, 0.4], [0.0, 0.5]])
    fake = G(torch.randn(64, 2))
    d = improve_d(nn.functional.softplus(-D(real)).mean() + nn.functional.softplus(D(fake.detach())).mean())
    g = improve_g(nn.functional.softplus(-D(fake)).mean())
print(d, g)
