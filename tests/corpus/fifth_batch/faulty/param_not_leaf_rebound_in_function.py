import torch

torch.manual_seed(0)


def sgd(params, lr):
    return [p - lr * p.grad for p in params]  # mistake: param-not-leaf


daten = torch.randn(40, 2)
ziel = (daten[:, :1] * 3 - daten[:, 1:]) + 1
parameter = [torch.zeros(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)]
for runde in range(15):
    fehler = (daten @ parameter[0] + parameter[1] - ziel).square().mean()
    fehler.backward()
    parameter = sgd(parameter, lr=0.1)
    print(runde, float(fehler.detach()))
