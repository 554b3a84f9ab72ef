import torch

torch.manual_seed(7)
X = torch.randn(64, 4)
t = (X @ torch.tensor([1.0, -2.0, 0.5, 0.0]) > 0).float()

params = {"w": torch.zeros(4, requires_grad=True), "b": torch.zeros((), requires_grad=True)}


def update(params, step_size):
    with torch.no_grad():
        return {name: value - step_size * value.grad for name, value in params.items()}  # mistake: param-lost-grad


for it in range(50):
    logits = X @ params["w"] + params["b"]
    nll = torch.nn.functional.binary_cross_entropy_with_logits(logits, t)
    nll.backward()  # mistake: param-lost-grad
    params = update(params, 0.5)  # mistake: param-lost-grad
