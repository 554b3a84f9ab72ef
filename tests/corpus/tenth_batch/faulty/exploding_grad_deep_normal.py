import torch
import torch.nn.functional as F

torch.manual_seed(0)
# a deep net in plain tensors, as in the first lecture
x = torch.randn(128, 20)
t = torch.sin(x[:, :1]) + x[:, 1:2] * 0.5
sizes = [20, 50, 50, 50, 50, 50, 1]
weights = [torch.randn(i, o).requires_grad_() for i, o in zip(sizes[:-1], sizes[1:])]  # mistake: exploding-grad


def forward(x):
    h = x
    for w in weights[:-1]:
        h = F.relu(h @ w)  # mistake: exploding-grad
    return h @ weights[-1]


lr = 1e-3
for epoch in range(50):
    loss = F.mse_loss(forward(x), t)  # mistake: exploding-grad
    grads = torch.autograd.grad(loss, weights)  # mistake: exploding-grad
    with torch.no_grad():
        for w, g in zip(weights, grads):
            w -= lr * g
    print(epoch, loss.item())
