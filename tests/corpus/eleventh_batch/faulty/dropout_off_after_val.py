import torch
import torch.nn as nn

torch.manual_seed(1)
# few noisy samples, many features
w_true = torch.zeros(40)
w_true[:3] = 2.0
X, Xv = torch.randn(60, 40), torch.randn(400, 40)
y = (X @ w_true + 2 * torch.randn(60)).unsqueeze(1)
yv = (Xv @ w_true).unsqueeze(1)
net = nn.Sequential(nn.Linear(40, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 1))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
net.train()
for epoch in range(300):
    pred = net(X)  # mistake: eval-mode-in-training
    loss = nn.functional.mse_loss(pred, y)
    opt.zero_grad()
    loss.backward()  # mistake: eval-mode-in-training
    opt.step()
    if epoch % 50 == 0:
        net.eval()  # mistake: eval-mode-in-training
        with torch.no_grad():
            val = nn.functional.mse_loss(net(Xv), yv).item()
        print(epoch, "train", round(loss.item(), 3), "val", round(val, 3))
