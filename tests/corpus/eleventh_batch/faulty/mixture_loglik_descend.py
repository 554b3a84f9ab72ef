import torch

torch.manual_seed(1)
data = torch.cat([torch.randn(150) - 2, torch.randn(100) * 0.5 + 3])
mu = torch.tensor([-1.0, 1.0], requires_grad=True)
log_sd = torch.zeros(2, requires_grad=True)
logit = torch.zeros(2, requires_grad=True)


def log_likelihood():
    comp = torch.distributions.Normal(mu, log_sd.exp())
    return torch.logsumexp(comp.log_prob(data[:, None]) + torch.log_softmax(logit, 0), dim=1).mean()


optimizer = torch.optim.SGD([mu, log_sd, logit], lr=0.005)
for it in range(60):
    optimizer.zero_grad()
    ll = log_likelihood()  # mistake: update-wrong-sign
    ll.backward()  # mistake: update-wrong-sign
    optimizer.step()  # mistake: update-wrong-sign
    if it % 10 == 0:
        print(f"{it}: log likelihood {ll.item():.4g} mu {mu.tolist()}")
