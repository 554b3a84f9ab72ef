import torch
import torch.nn as nn

torch.manual_seed(0)
history = {"loss": [], "preds": [], "norm": []}
x = torch.linspace(0, 1, 100)[:, None]
y = (8 * x).sin() + 0.1 * torch.randn(100, 1)
net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for it in range(150):
    pred = net(x)
    loss = nn.functional.mse_loss(pred, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    history["loss"].append(loss.detach())
    if it % 30 == 29:
        history["preds"].append(pred.detach().clone())
        history["norm"].append(sum(p.norm() ** 2 for p in net.parameters()).sqrt().item())
        print(it, torch.stack(history["loss"][-30:]).mean().item(), history["norm"][-1])
movement = (history["preds"][-1] - history["preds"][0]).norm()
print("moved", movement.item(), "last", history["loss"][-1].item())
