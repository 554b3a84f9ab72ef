# three armed bandit with REINFORCE. why does it always prefer the worst arm?
import torch

torch.manual_seed(3)
pay = torch.tensor([0.1, 0.5, 0.9])
logits = torch.zeros(3, requires_grad=True)
opt = torch.optim.SGD([logits], lr=0.5)
baseline = 0.0
for episode in range(80):
    policy = torch.distributions.Categorical(logits=logits)
    arms = policy.sample((32,))
    reward = (torch.rand(32) < pay[arms]).float()
    objective = (policy.log_prob(arms) * (reward - baseline)).mean()  # mistake: update-wrong-sign
    baseline = 0.9 * baseline + 0.1 * reward.mean().item()
    opt.zero_grad()
    objective.backward()  # mistake: update-wrong-sign
    opt.step()  # mistake: update-wrong-sign
    if episode % 20 == 0:
        print(episode, reward.mean().item(), torch.softmax(logits.detach(), 0).tolist())
