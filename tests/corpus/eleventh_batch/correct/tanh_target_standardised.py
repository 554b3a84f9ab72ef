import torch
import torch.nn as nn

torch.manual_seed(0)
# joint angles of a two-link arm, scaled to (-1, 1) before training and back for the report
angles = (torch.rand(400, 2) * 2 - 1) * torch.tensor([2.6, 1.9])
tip = torch.stack([angles[:, 0].cos() + angles.sum(1).cos(), angles[:, 0].sin() + angles.sum(1).sin()], 1)
feats = torch.cat([tip, angles[:, 1:].sign()], 1)
scale = torch.tensor([3.0, 2.2])
net = nn.Sequential(nn.Linear(3, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2), nn.Tanh())
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(300):
    pred = net(feats)
    loss = nn.functional.smooth_l1_loss(pred, angles / scale)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 60 == 0 or epoch == 299:
        print(epoch, loss.item(), "mean error (rad)", (pred * scale - angles).abs().mean().item())
