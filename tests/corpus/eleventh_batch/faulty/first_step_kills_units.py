import numpy as np
import torch
import torch.nn.functional as F

rng = np.random.default_rng(0)
x = torch.tensor(rng.uniform(0.5, 1.5, size=(200, 2)), dtype=torch.float32)
y = torch.tensor(rng.uniform(size=200), dtype=torch.float32) * 0.01 + x.prod(1)
torch.manual_seed(0)
p = dict(W1=torch.rand(2, 10) - 1.2, b1=torch.zeros(10), W2=torch.randn(10) * 0.3, b2=torch.zeros(()))  # mistake: dead-relu
for t in p.values():
    t.requires_grad_(True)


def predict(x):
    hidden = F.relu(x @ p["W1"] + p["b1"])  # mistake: dead-relu
    return hidden @ p["W2"] + p["b2"]


for step in range(400):
    loss = F.mse_loss(predict(x), y)
    grads = torch.autograd.grad(loss, list(p.values()))
    with torch.no_grad():
        for t, g in zip(p.values(), grads):
            t -= 0.05 * g
    if step % 80 == 79:
        print(step + 1, loss.item())
