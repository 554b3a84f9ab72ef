import torch
import torch.nn as nn

torch.manual_seed(21)
# survival times, exponential model with log-linear hazard
X = torch.randn(250, 5)
beta = torch.tensor([0.8, -0.5, 0.0, 0.3, 0.0])
times = torch.distributions.Exponential(torch.exp(X @ beta - 1)).sample()
censor = torch.rand(250) * 8
event = (times <= censor).float()
obs = torch.minimum(times, censor)


class Hazard(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(5, 1)

    def nll(self, x, t, d):
        eta = self.lin(x).squeeze(-1)
        return (t * eta.exp() - d * eta).mean()


model = Hazard()
opt = torch.optim.Adam(model.parameters(), lr=0.05)
for epoch in range(60):
    opt.zero_grad()
    nll = model.nll(X, obs, event)
    nll.backward()  # mistake: step-missing
    opt.step  # mistake: step-missing
    if epoch % 12 == 0:
        print(epoch, nll.item())
print(model.lin.weight.data)
