import torch

torch.manual_seed(0)
preferences = torch.zeros(4, requires_grad=True)
values = torch.tensor([0.1, 0.9, 0.4, 0.3])
average = 0.0
for t in range(60):
    probabilities = torch.softmax(preferences, dim=0)
    arm = torch.multinomial(probabilities.detach(), 1).item()
    reward = values[arm].item() + 0.1 * torch.randn(()).item()
    average += (reward - average) / (t + 1)
    score = (reward - average) * torch.log(probabilities[arm])
    (direction,) = torch.autograd.grad(score, preferences)
    with torch.no_grad():
        preferences += 0.4 * direction
print(torch.softmax(preferences, 0))
