import torch
import torch.nn as nn

torch.manual_seed(1)
t = torch.linspace(0, 1, 200)[:, None]
wave = torch.sin(12 * t) * torch.exp(-2 * t)


class Siren(nn.Module):
    def __init__(self, w=30):
        super().__init__()
        self.a = nn.Linear(1, w)
        self.b = nn.Linear(w, w)
        self.c = nn.Linear(w, 1)

    def forward(self, t):
        h = torch.sin(8 * self.a(t))
        return self.c(torch.sin(self.b(h)))


net = Siren()
for epoch in range(150):
    lr = 0.01 * 0.99**epoch
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)  # mistake: optimizer-in-loop
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(t), wave)
    loss.backward()
    optimizer.step()  # mistake: optimizer-in-loop
    if epoch % 25 == 24:
        print(epoch, loss.item())
