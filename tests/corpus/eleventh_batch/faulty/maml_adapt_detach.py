import torch

torch.manual_seed(0)


def net(p, x):
    h = torch.tanh(x @ p["w1"] + p["b1"])
    return h @ p["w2"] + p["b2"]


params = {
    "w1": torch.randn(1, 20) * 1.0,
    "b1": torch.zeros(20),
    "w2": torch.randn(20, 1) * 0.3,
    "b2": torch.zeros(1),
}
params = {k: v.requires_grad_() for k, v in params.items()}

x = torch.linspace(-3, 3, 60).unsqueeze(1)
y = torch.sin(x)
for it in range(300):
    mse = (net(params, x) - y).pow(2).mean()
    grads = torch.autograd.grad(mse, list(params.values()))  # mistake: param-lost-grad
    params = {k: (v - 0.05 * g).detach() for (k, v), g in zip(params.items(), grads)}  # mistake: param-lost-grad
    if it % 50 == 0:
        print(it, mse.item())
