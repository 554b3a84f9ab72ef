import torch
import torch.nn as nn

torch.manual_seed(0)
# magnitudes of stars (colour -> magnitude)
colour = torch.rand(200, 2)
magnitude = 0.9 * colour[:, 0] - 0.7 * colour[:, 1] ** 2 + 0.3
rows = [(c, m) for c, m in zip(colour.tolist(), magnitude.tolist())]


def collate(items):
    xs = torch.tensor([c for c, _ in items])
    ys = torch.tensor([m for _, m in items], dtype=torch.int64)  # mistake: target-dtype
    return xs, ys.unsqueeze(1)


loader = torch.utils.data.DataLoader(rows, batch_size=25, shuffle=True, collate_fn=collate)
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(10):
    for xb, yb in loader:
        loss = (net(xb) - yb).pow(2).mean()  # mistake: target-dtype
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        rmse = (net(colour)[:, 0] - magnitude).pow(2).mean().sqrt().item()
    print(epoch, loss.item(), rmse)
