import torch
from torch import nn

torch.manual_seed(0)
X, Y = torch.randn(220, 6), torch.randn(220, 1)
Y = Y * 0.1 + X[:, :1]
train_x, val_x, train_y, val_y = X[:180], X[180:], Y[:180], Y[180:]
net = nn.Sequential(nn.Linear(6, 16), nn.LayerNorm(16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 1))
opt = torch.optim.AdamW(net.parameters(), lr=5e-3)
best, best_state = 1e9, None
for step in range(60):
    net.train()
    idx = torch.randint(0, 180, (32,))
    loss = nn.functional.mse_loss(net(train_x[idx]), train_y[idx])
    loss.backward()
    opt.step()
    opt.zero_grad()
    if step % 10 == 9:
        net.eval()
        with torch.no_grad():
            v = nn.functional.mse_loss(net(val_x), val_y).item()
        if v < best:
            best, best_state = v, {k: t.clone() for k, t in net.state_dict().items()}
