import torch

torch.manual_seed(0)
theta = {"a": torch.tensor(0.1, requires_grad=True), "b": torch.tensor(0.0, requires_grad=True)}
t = torch.linspace(0, 3, 40)
observed = 2.0 * torch.exp(-0.7 * t)
lr = 0.05
for it in range(25):
    model = theta["a"] * torch.exp(-theta["b"] * t)
    loss = ((model - observed) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        theta = {name: value - lr * value.grad for name, value in theta.items()}  # mistake: param-lost-grad
    print(it, loss.item())
