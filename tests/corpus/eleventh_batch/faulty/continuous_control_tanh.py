import torch

torch.manual_seed(0)
# behaviour cloning of a PD controller with forces between -3 and 3
state = torch.rand(500, 2) * 2 - 1
force = (-2.5 * state[:, :1] - 1.0 * state[:, 1:]).clamp(-3, 3)
layers = {"w1": torch.randn(2, 24) * 0.7, "b1": torch.zeros(24), "w2": torch.randn(24, 1) * 0.2, "b2": torch.zeros(1)}
for t in layers.values():
    t.requires_grad_()


def policy(s, p):
    h = torch.tanh(s @ p["w1"] + p["b1"])
    return torch.tanh(h @ p["w2"] + p["b2"])  # mistake: last-activation


opt = torch.optim.Adam(layers.values(), lr=0.01)
for it in range(400):
    loss = (policy(state, layers) - force).pow(2).mean()  # mistake: last-activation
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 80 == 79:
        print(it + 1, loss.item())
