import torch
from torch import nn

torch.manual_seed(5)


class Agent:
    def __init__(self):
        self.policy = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 2))
        self.optim = torch.optim.Adam(self.policy.parameters(), lr=0.01)

    def act(self, state):
        return torch.distributions.Categorical(logits=self.policy(state))

    def learn(self, log_probs, returns):
        self.optim.zero_grad()
        loss = -(log_probs * returns).mean()
        loss.backward()  # mistake: step-missing
        self.optim.step  # mistake: step-missing


agent = Agent()
for episode in range(25):
    states = torch.randn(32, 3)
    dist = agent.act(states)
    actions = dist.sample()
    rewards = (actions == (states[:, 0] > 0).long()).float()
    agent.learn(dist.log_prob(actions), rewards - rewards.mean())
print(rewards.mean().item())
