import torch

# heavy-tailed claims, quadratic loss, hand-written descent with per-element gradient clipping
torch.manual_seed(3)
n = 120
age = torch.rand(n)
claims = 2.0 + 3.0 * age + torch.distributions.StudentT(1.1).sample((n,)) * 3
theta = {"a": torch.zeros(1, requires_grad=True), "b": torch.zeros(1, requires_grad=True)}


def clip(params, bound):
    for q in params.values():
        q.grad.clamp_(-bound, bound)  # mistake: clip-after-step


def update(params, lr):
    with torch.no_grad():
        for q in params.values():
            q -= lr * q.grad  # mistake: clip-after-step


for k in range(400):
    i = torch.randint(0, n, (4,))
    loss = (theta["a"] + theta["b"] * age[i] - claims[i]).pow(2).mean()
    for q in theta.values():
        q.grad = None
    loss.backward()
    update(theta, 0.05)  # mistake: clip-after-step
    clip(theta, 1.0)  # mistake: clip-after-step
    if k % 50 == 49:
        with torch.no_grad():
            med = (theta["a"] + theta["b"] * age - claims).abs().median()
        print(k + 1, f"a {theta['a'].item():.2f} b {theta['b'].item():.2f} median error {med:.2f}")
