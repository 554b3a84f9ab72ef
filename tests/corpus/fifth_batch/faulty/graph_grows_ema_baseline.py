import torch
from torch import nn

torch.manual_seed(0)
policy = nn.Linear(4, 3)
opt = torch.optim.SGD(policy.parameters(), lr=0.05)
baseline = torch.zeros(())
for episode in range(30):
    state = torch.randn(16, 4)
    dist = torch.distributions.Categorical(logits=policy(state))
    action = dist.sample()
    reward = (action == state[:, :3].argmax(1)).float()
    objective = -(dist.log_prob(action) * reward).mean()
    baseline = 0.9 * baseline + 0.1 * objective  # mistake: graph-grows
    opt.zero_grad()
    baseline.backward(retain_graph=True)  # mistake: graph-grows
    for p in policy.parameters():
        p.data -= 0.05 * p.grad
print(float(baseline.detach()))
