# differentially private style: clip each sample's gradient, add noise, average
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

torch.manual_seed(0)
X = torch.randn(100, 6)
y = (X[:, 0] - X[:, 1] > 0).float()
model = nn.Linear(6, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.5)


def sample_loss(params, xi, yi):
    logit = functional_call(model, params, (xi[None],)).squeeze()
    return nn.functional.binary_cross_entropy_with_logits(logit, yi)


per_sample = vmap(grad(sample_loss), in_dims=(None, 0, 0))
bound, noise = 1.0, 0.5
for it in range(60):
    params = {k: v.detach() for k, v in model.named_parameters()}
    grads = per_sample(params, X, y)
    norms = torch.stack([g.flatten(1).norm(dim=1) for g in grads.values()]).norm(dim=0)
    factor = (bound / (norms + 1e-6)).clamp(max=1.0)
    for k, p in model.named_parameters():
        g = grads[k] * factor.view(-1, *[1] * (grads[k].ndim - 1))
        p.grad = (g.sum(0) + noise * bound * torch.randn_like(p)) / len(X)
    opt.step()
    if it % 10 == 9:
        with torch.no_grad():
            print(it, nn.functional.binary_cross_entropy_with_logits(model(X)[:, 0], y).item())
