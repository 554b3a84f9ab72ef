import torch
import torch.nn as nn

torch.manual_seed(0)


class CumSum(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.RNN(1, 16, nonlinearity="relu", batch_first=True)
        self.readout = nn.Linear(16, 1)

    def forward(self, x):
        h, _ = self.cell(x)
        return self.readout(h)


model = CumSum()
opt = torch.optim.SGD(model.parameters(), lr=0.03)
for it in range(200):
    x = torch.rand(32, 40, 1)
    y = x.cumsum(1)
    loss = nn.functional.mse_loss(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: clip-after-step
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)  # mistake: clip-after-step
    if it % 25 == 0:
        print(it, loss.item())
