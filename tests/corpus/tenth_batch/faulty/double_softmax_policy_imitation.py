# behaviour cloning of an expert on a small grid of states
import torch
from torch import nn

torch.manual_seed(0)
states = torch.rand(500, 2)
goal = torch.tensor([0.7, 0.3])
delta = goal - states
action = torch.where(delta[:, 0].abs() > delta[:, 1].abs(), (delta[:, 0] > 0).long(), 2 + (delta[:, 1] > 0).long())


def normalised_exp(s):
    e = torch.exp(s - s.max(dim=-1, keepdim=True)[0])
    return e / e.sum(dim=-1, keepdim=True)  # mistake: double-softmax


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 4))

    def forward(self, s):
        return normalised_exp(self.net(s))  # mistake: double-softmax


pi = Policy()
opt = torch.optim.Adam(pi.parameters(), lr=5e-3)
for epoch in range(120):
    prob = pi(states)
    loss = nn.functional.cross_entropy(prob, action)  # mistake: double-softmax
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 20 == 19:
        print(epoch, loss.item(), (prob.argmax(1) == action).float().mean().item())
