import torch

torch.manual_seed(0)
# contextual bandit, policy gradient with a running mean as baseline
K, D = 4, 5
payoff = torch.randn(D, K)
theta = torch.zeros(D, K, requires_grad=True)
baseline, hist = 0.0, []
for it in range(600):
    s = torch.eye(D)[torch.randint(0, D, (32,))]
    probs = torch.distributions.Categorical(logits=s @ theta)
    a = probs.sample()
    r = (s @ payoff).gather(1, a[:, None]).squeeze(1) + 0.2 * torch.randn(32)
    surrogate = (probs.log_prob(a) * (r - baseline)).mean()
    baseline = 0.95 * baseline + 0.05 * r.mean().item()
    surrogate.backward()
    with torch.no_grad():
        theta += 0.3 * theta.grad
    theta.grad = None
    hist.append(r.mean().item())
    if it % 100 == 99:
        print(it + 1, "reward", sum(hist[-100:]) / 100, "best possible", payoff.max(1).values.mean().item())
