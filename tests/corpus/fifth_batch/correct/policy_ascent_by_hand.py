import torch

torch.manual_seed(0)
preferences = torch.zeros(4, requires_grad=True)
payoff = torch.tensor([0.1, 0.5, 0.3, 0.9])
for pull in range(100):
    p = torch.softmax(preferences, 0)
    arm = torch.multinomial(p.detach(), 1).item()
    reward = torch.bernoulli(payoff[arm]).item()
    gain = torch.log(p[arm]) * (reward - 0.5)
    gain.backward()
    with torch.no_grad():
        preferences += 0.3 * preferences.grad
        preferences.grad.zero_()
print(torch.softmax(preferences, 0).tolist())
