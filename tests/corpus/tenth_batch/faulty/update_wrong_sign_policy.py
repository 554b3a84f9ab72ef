# contextual bandit with a softmax policy (expected reward is known here)
import torch

torch.manual_seed(0)
contexts = torch.randn(300, 6)
reward_w = torch.randn(6, 4)
rewards = torch.sigmoid(contexts @ reward_w)

theta = torch.zeros(6, 4, requires_grad=True)
opt = torch.optim.Adam([theta], lr=0.05)
history = []
for it in range(100):
    policy = torch.softmax(contexts @ theta, dim=1)
    expected = (policy * rewards).sum(1).mean()
    entropy = -(policy * torch.log(policy + 1e-8)).sum(1).mean()
    objective = expected + 0.01 * entropy  # mistake: update-wrong-sign
    opt.zero_grad()
    objective.backward()  # mistake: update-wrong-sign
    opt.step()  # mistake: update-wrong-sign
    history.append(expected.item())
    if it % 20 == 0:
        print(it, "reward", expected.item(), "entropy", entropy.item())
print("best possible", rewards.max(1).values.mean().item(), "reached", history[-1])
