import torch
import torch.nn as nn

torch.manual_seed(0)


class Forecaster(nn.Module):
    def __init__(self, hidden=12):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, series):
        h, _ = self.lstm(series)
        return self.out(h[:, -1])


t = torch.arange(0, 60, 0.3)
wave = torch.sin(t) + 0.1 * torch.randn_like(t)
windows = wave.unfold(0, 11, 1)
xs, ys = windows[:, :10, None], windows[:, 10:]
model = Forecaster()
optimizer = torch.optim.RMSprop(model.parameters(), lr=5e-3)
for epoch in range(3):
    for rows in torch.randperm(len(xs)).split(48):
        optimizer.zero_grad()
        loss = nn.functional.smooth_l1_loss(model(xs[rows]), ys[rows])
        loss.backward()
        optimizer.step()  # mistake: clip-after-step
        nn.utils.clip_grad_value_(model.parameters(), 0.25)  # mistake: clip-after-step
    print(epoch, loss.item())
