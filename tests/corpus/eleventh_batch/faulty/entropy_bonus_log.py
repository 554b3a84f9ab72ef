import torch
import torch.nn as nn

torch.manual_seed(0)
# unsupervised clustering by information maximisation
centers = torch.tensor([[4.0, 0.0], [-4.0, 0.0], [0.0, 5.0]])
X = centers[torch.randint(0, 3, (150,))] + 0.4 * torch.randn(150, 2)
net = nn.Linear(2, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for it in range(600):
    p = torch.softmax(net(X) * 50, 1)
    cond = -(p * p.log()).sum(1).mean()  # mistake: log-zero
    m = p.mean(0)
    marg = -(m * m.log()).sum()
    loss = cond - marg
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 100 == 0:
        print(it, loss.item(), m.tolist())
