import torch
from torch import nn

torch.manual_seed(0)
x = torch.linspace(-1, 1, 300).unsqueeze(1)
y = (6 * x).cos() * x


def build():
    return nn.Sequential(nn.Linear(1, 32), nn.SiLU(), nn.Linear(32, 32), nn.SiLU(), nn.Linear(32, 1))


net = build()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
epoch_loss = 0
for step in range(200):
    idx = torch.randint(0, 300, (64,))
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x[idx]), y[idx])
    loss.backward()
    opt.step()
    epoch_loss += loss  # mistake: graph-held
    if step % 40 == 39:
        print(f"step {step + 1}: running mean {epoch_loss / (step + 1):.5f}")
print("overall", (epoch_loss / 200).item())
