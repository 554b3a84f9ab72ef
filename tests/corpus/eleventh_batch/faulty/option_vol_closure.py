import math
import torch

# implied volatility by gradient descent, one closure per option
S, r, T = 100.0, 0.01, 0.5
strikes = torch.tensor([80.0, 90.0, 100.0, 110.0, 120.0])
true_vol = torch.tensor([0.35, 0.28, 0.22, 0.24, 0.3])


def call(vol):
    sd = vol * math.sqrt(T)
    d1 = (torch.log(S / strikes) + (r + vol ** 2 / 2) * T) / sd
    N = torch.distributions.Normal(0.0, 1.0).cdf
    return S * N(d1) - strikes * math.exp(-r * T) * N(d1 - sd)


market = call(true_vol)


def make_solver(vol, lr):
    def step():
        nonlocal vol
        loss = ((call(vol) - market) / 10).square().mean()
        loss.backward()  # mistake: param-lost-grad
        vol = (vol.data - lr * vol.grad).clamp(min=0.05)  # mistake: param-lost-grad
        return loss.item(), vol
    return step


solve = make_solver(torch.full((5,), 0.5, requires_grad=True), 0.05)
for k in range(300):
    value, vol = solve()
    if k % 60 == 0:
        print(k, value, vol.tolist())
