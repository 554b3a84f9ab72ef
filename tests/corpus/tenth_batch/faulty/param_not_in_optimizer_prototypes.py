import torch

torch.manual_seed(3)
# mixture of Gaussians by gradient: weights, means, log standard deviations
true_mu = torch.tensor([[-3.0, 0.0], [3.0, 1.0], [0.0, 4.0]])
x = (true_mu[torch.randint(0, 3, (400,))] + 0.5 * torch.randn(400, 2))

logits = torch.zeros(3, requires_grad=True)
means = torch.randn(3, 2, requires_grad=True)  # mistake: param-not-in-optimizer
log_sd = torch.zeros(3, requires_grad=True)


def mixture():
    normal = torch.distributions.Normal(means, log_sd.exp()[:, None])
    comp = torch.distributions.Independent(normal, 1)
    return torch.distributions.MixtureSameFamily(torch.distributions.Categorical(logits=logits), comp)


optimiser = torch.optim.Adam([logits, log_sd], lr=0.05)  # mistake: param-not-in-optimizer
for i in range(200):
    nll = -mixture().log_prob(x).mean()
    optimiser.zero_grad()
    nll.backward()  # mistake: param-not-in-optimizer
    optimiser.step()  # mistake: param-not-in-optimizer
    if i % 40 == 39:
        print(i, round(nll.item(), 4))
print(means.detach())
