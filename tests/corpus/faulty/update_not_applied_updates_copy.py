import torch

torch.manual_seed(0)
theta = {"w": torch.randn(3, 1, requires_grad=True), "b": torch.zeros(1, requires_grad=True)}
x = torch.randn(30, 3)
y = x.sum(1, keepdim=True)
for it in range(25):
    loss = (x @ theta["w"] + theta["b"] - y).abs().mean()
    loss.backward()
    for name in theta:
        value = theta[name].detach().clone()
        value -= 0.1 * theta[name].grad  # mistake: update-not-applied
        theta[name].grad = None
    print(it, loss.item())
