import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(4, 3); opt = torch.optim.SGD(net.parameters(), lr=0.1)
X = torch.randn(90, 4); y = X[:, :3].argmax(1)
for i in range(40):
    d = torch.distributions.Categorical(logits=net(X))
    objective = d.log_prob(y).mean()  # mistake: update-wrong-sign
    opt.zero_grad(); objective.backward(); opt.step()
