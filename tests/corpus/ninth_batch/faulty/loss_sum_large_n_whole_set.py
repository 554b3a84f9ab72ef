import torch

torch.manual_seed(0)
N = 1500
x = torch.rand(N, 2)
y = 3 * x[:, 0] - x[:, 1] + 0.5 + 0.1 * torch.randn(N)

m = torch.nn.Linear(2, 1)
optim = torch.optim.SGD(m.parameters(), lr=0.01)
crit = torch.nn.MSELoss(reduction="sum")  # mistake: loss-sum-large-n | lr-too-large
for ep in range(30):
    optim.zero_grad()
    loss = crit(m(x).view(-1), y)  # mistake: loss-sum-large-n | lr-too-large
    loss.backward()
    optim.step()  # mistake: loss-sum-large-n | lr-too-large
    print(ep, loss.item())
