import torch

torch.manual_seed(0)
x = torch.randn(100, 4)
y = x @ torch.tensor([1.0, -1.0, 0.5, 2.0]) + 0.1 * torch.randn(100)
params = {"w": torch.zeros(4, requires_grad=True)}
lr = 0.01


def updates(grads):
    return {k: -lr * g for k, g in grads.items()}


for step in range(40):
    loss = ((x @ params["w"] - y) ** 2).mean()
    grads = dict(zip(params, torch.autograd.grad(loss, list(params.values()))))
    with torch.no_grad():
        for k, u in updates(grads).items():
            params[k] -= u  # mistake: update-wrong-sign
    if step % 10 == 0:
        print(step, loss.item())
