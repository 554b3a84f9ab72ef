import torch
import torch.nn as nn

torch.manual_seed(0)
# remember the first symbol over a delay
delay, n = 60, 128
first = torch.randint(0, 2, (n,))
x = torch.zeros(n, delay, 1)
x[:, 0, 0] = first * 2.0 - 1.0
x[:, 1:, 0] = 0.1 * torch.randn(n, delay - 1)


class Remember(nn.Module):
    def __init__(self, h=12):
        super().__init__()
        self.cell = nn.RNNCell(1, h)
        self.h = h
        nn.init.orthogonal_(self.cell.weight_hh, gain=0.4)  # mistake: vanishing-grad
        self.head = nn.Linear(h, 2)

    def forward(self, x):
        h = torch.zeros(len(x), self.h)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)  # mistake: vanishing-grad
        return self.head(h)


model = Remember()
opt = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(60):
    logits = model(x)
    loss = nn.functional.cross_entropy(logits, first)
    opt.zero_grad()
    loss.backward()  # mistake: vanishing-grad
    opt.step()
    if epoch % 10 == 9:
        print(epoch, loss.item(), (logits.argmax(1) == first).float().mean().item())
