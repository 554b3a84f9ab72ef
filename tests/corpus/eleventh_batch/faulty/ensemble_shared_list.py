import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(200, 4)
y = (X[:, 0] - X[:, 1] ** 2).unsqueeze(1)


def member(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))


members = [member(s) for s in range(3)]
optims = []
for m in members:
    optims.append(torch.optim.Adam(members[0].parameters(), lr=0.01))  # mistake: param-not-in-optimizer

for epoch in range(150):
    report = []
    for m, o in zip(members, optims):
        m.zero_grad()
        loss = nn.functional.mse_loss(m(X), y)
        o.zero_grad()
        loss.backward()
        o.step()  # mistake: param-not-in-optimizer
        report.append(round(loss.item(), 4))
    if epoch % 30 == 29:
        print(epoch + 1, report)
