import torch
import torch.nn as nn

torch.manual_seed(0)
N = 6  # corridor with N cells, the exit is at the right end


def rollout(policy, horizon=15):
    s, logps, rewards = 0, [], []
    for _ in range(horizon):
        obs = torch.zeros(N)
        obs[s] = 1
        d = torch.distributions.Categorical(logits=policy(obs))
        a = d.sample()
        logps.append(d.log_prob(a))
        s = max(0, min(N - 1, s + (1 if a.item() == 1 else -1)))
        done = s == N - 1
        rewards.append(1.0 if done else -0.1)
        if done:
            break
    return logps, rewards


policy = nn.Linear(N, 2)
opt = torch.optim.Adam(policy.parameters(), lr=0.05)
hist = []
for ep in range(150):
    logps, rewards = rollout(policy)
    returns, R = [], 0.0
    for r in reversed(rewards):
        R = r + 0.95 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    loss = (torch.stack(logps) * returns).sum()  # mistake: update-wrong-sign
    opt.zero_grad()
    loss.backward()  # mistake: update-wrong-sign
    opt.step()  # mistake: update-wrong-sign
    hist.append(sum(rewards))
    if ep % 30 == 29:
        print(f"episode {ep + 1}: return {sum(hist[-30:]) / 30:.3f}")
