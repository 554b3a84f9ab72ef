import torch

torch.manual_seed(0)
theta = torch.zeros(3, requires_grad=True)
payout = torch.tensor([0.2, 0.5, 0.8])
lr = 0.3
for episode in range(30):
    probs = torch.softmax(theta, 0)
    action = torch.multinomial(probs.detach(), 1)
    reward = torch.bernoulli(payout[action])
    objective = -(torch.log(probs[action]) * reward).sum()
    objective.backward()
    theta.sub_(lr * theta.grad)  # mistake: update-tracked
    theta.grad.zero_()
print(torch.softmax(theta, 0))
