import torch
import torch.nn as nn

torch.manual_seed(0)
X, Xt = torch.randn(200, 3), torch.randn(50, 3)
f = lambda z: (z[:, :1] * 2 - z[:, 1:2]).sin()
Y, Yt = f(X), f(Xt)
mlp = nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 1))
opt = torch.optim.Adam(mlp.parameters(), lr=0.01)


def test():
    mlp.eval()
    torch.set_grad_enabled(False)  # mistake: forward-no-grad
    err = (mlp(Xt) - Yt).abs().mean().item()
    mlp.train()
    return err


for epoch in range(40):
    loss = (mlp(X) - Y).pow(2).mean()  # mistake: forward-no-grad
    opt.zero_grad()
    loss.backward()  # mistake: forward-no-grad
    opt.step()
    if epoch % 10 == 9:
        print(epoch, "train", loss.item(), "test", test())
